// Lo que una tarjeta de bot cambia con cada latido sin pedir nada: precio, si va ganando, conexión y última señal.
import { precio } from "./formatos.js";
import { ahoraMs, duracion } from "./reloj.js";
import { texto } from "./textos.js";

const SIN_SENAL_S = 15;

export function arrancarTarjetas() {
  document.addEventListener("vivo:latido", (ev) => alLatido(ev.detail));
  setInterval(revisarSenal, 1000);
}

function alLatido({ flujo, datos, en }) {
  const ambito = datos.cuenta ? `[data-cuenta="${CSS.escape(datos.cuenta)}"]` : "";
  for (const tarjeta of document.querySelectorAll(`[data-bot="${CSS.escape(flujo)}"]${ambito}`)) {
    tarjeta.dataset.latidoEn = en;
    ponerContrato(tarjeta, datos.contrato);
    ponerMotivo(tarjeta, datos);
  }
}

function poner(raiz, dato, valor) {
  for (const nodo of raiz.querySelectorAll(`[data-dato="${dato}"]`)) if (nodo.textContent !== valor) nodo.textContent = valor;
}

function ponerContrato(tarjeta, contrato) {
  const caja = tarjeta.querySelector("[data-contrato]");
  if (!caja) return;
  const visto = caja.dataset.contrato, ahora = contrato?.referencia ?? "";
  if (visto !== ahora) {
    // El latido supo antes que el evento que hay otro contrato (o ninguno): se pide el trozo.
    const zona = caja.closest("[data-vivo]");
    if (zona && window.htmx) window.htmx.trigger(zona, "refrescar");
    caja.dataset.contrato = ahora;
    return;
  }
  if (!contrato) return;
  poner(caja, "precio_actual", precio(contrato.precio_actual));
  if (contrato.precio_entrada != null) poner(caja, "precio_entrada", precio(contrato.precio_entrada));
  const entrada = Number(contrato.precio_entrada), actual = Number(contrato.precio_actual);
  if (contrato.precio_entrada == null || contrato.precio_actual == null) return;
  const sube = ["CALL", "BUY"].includes(contrato.direccion);
  const marcha = actual === entrada ? "empate" : (actual > entrada) === sube ? "ganando" : "perdiendo";
  for (const nodo of caja.querySelectorAll('[data-dato="marcha"]')) {
    nodo.dataset.marcha = marcha;
    if (nodo.textContent !== texto(marcha)) nodo.textContent = texto(marcha);
  }
}

function ponerMotivo(tarjeta, datos) {
  for (const nodo of tarjeta.querySelectorAll('[data-dato="motivo"]')) {
    const frase = datos.conectado === false ? texto("sinConexion") : datos.motivo?.frase ?? "";
    nodo.hidden = !frase;
    if (nodo.textContent !== frase) nodo.textContent = frase;
  }
}

function revisarSenal() {
  for (const tarjeta of document.querySelectorAll("[data-bot][data-latido-en]")) {
    const edad = (ahoraMs() - Date.parse(tarjeta.dataset.latidoEn)) / 1000;
    for (const nodo of tarjeta.querySelectorAll('[data-dato="senal"]')) {
      const muda = !(edad < SIN_SENAL_S);
      nodo.hidden = !muda;
      if (muda) nodo.textContent = texto("sinSenal").replace("{}", duracion(edad));
    }
  }
}
