// Los mismos formatos que el servidor (dashboard/presentacion/formatos.py), para lo que cambia sin pedir página.
const idioma = document.body.dataset.idioma || "es";
const SIMBOLOS = { USD: "US$", EUR: "\u20ac", GBP: "\u00a3", AUD: "A$" };
const DECIMALES = { BTC: 8, ETH: 8, LTC: 8 };
const duro = "\u00a0", menos = "\u2212";

export function numero(valor, decimales = 0, conSigno = false) {
  const n = Number(valor);
  if (valor === null || valor === undefined || valor === "" || !Number.isFinite(n)) return "\u2014";
  let texto = Math.abs(n).toFixed(decimales).replace(/\B(?=(\d{3})+(?!\d))/g, "@");
  const [entero, resto] = texto.split(".");
  const miles = idioma === "en" ? "," : ".", coma = idioma === "en" ? "." : ",";
  texto = entero.replaceAll("@", miles) + (resto === undefined ? "" : coma + resto.replaceAll("@", ""));
  const cero = Number(n.toFixed(decimales)) === 0;
  return (cero ? "" : n < 0 ? menos : conSigno ? "+" : "") + texto;
}

export function dinero(importe, moneda = "", conSigno = false) {
  const texto = numero(importe, DECIMALES[moneda] ?? 2, conSigno);
  if (texto === "\u2014" || !moneda) return texto;
  const simbolo = SIMBOLOS[moneda] || moneda;
  if (idioma === "en" && SIMBOLOS[moneda]) return texto.replace(/^([+\u2212]?)/, `$1${simbolo}`);
  return texto + duro + simbolo;
}

export function precio(valor) {
  const texto = String(valor ?? "");
  if (texto === "") return "\u2014";
  const decimales = (texto.split(".")[1] || "").length;
  return numero(texto, Math.min(8, Math.max(2, decimales)));
}

export const porcentaje = (valor, decimales = 1) => {
  const texto = numero(valor, decimales);
  return texto === "\u2014" ? texto : texto + (idioma === "en" ? "" : duro) + "%";
};
