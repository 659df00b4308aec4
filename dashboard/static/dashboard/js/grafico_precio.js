// Velas de un minuto con las entradas y salidas del bot. El último precio llega con cada latido, sin pedir nada.
import { CandlestickSeries, createChart, createSeriesMarkers } from "../vendor/lightweight-charts-5.2.1.mjs";
import { alCambiarTema, color } from "./colores.js";
import { dinero, precio } from "./formatos.js";
import { pedirDatos } from "./pedir.js";

const CON_TEXTO = 3; // solo las últimas marcas llevan su resultado escrito: todas juntas no se leen
const horaLocal = (s, segundos = false) =>
  new Date(s * 1000).toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", second: segundos ? "2-digit" : undefined, hourCycle: "h23" });

export function arrancarGraficoPrecio(caja, selector) {
  const grafico = createChart(caja, {
    autoSize: true,
    layout: { attributionLogo: false, background: { color: "transparent" }, fontFamily: getComputedStyle(document.body).fontFamily },
    localization: { priceFormatter: precio, timeFormatter: (s) => `${new Date(s * 1000).toLocaleDateString()} ${horaLocal(s)}` },
    timeScale: { timeVisible: true, rightOffset: 4, minBarSpacing: 2, tickMarkFormatter: (s) => horaLocal(s) },
    handleScroll: { vertTouchDrag: false, mouseWheel: false },
    handleScale: { mouseWheel: false },
  });
  const serie = grafico.addSeries(CandlestickSeries, { borderVisible: false });
  const marcas = createSeriesMarkers(serie, []);
  const estado = { activo: "", ultima: null, operaciones: [], elegido: "" };

  const vestir = () => {
    grafico.applyOptions({
      layout: { textColor: color("suave") },
      grid: { vertLines: { color: color("cuadricula") }, horzLines: { color: color("cuadricula") } },
      rightPriceScale: { borderColor: color("borde") },
      timeScale: { borderColor: color("borde") },
    });
    const sube = color("sube"), baja = color("baja");
    serie.applyOptions({ upColor: sube, wickUpColor: sube, downColor: baja, wickDownColor: baja });
    marcas.setMarkers(hacerMarcas(estado.operaciones));
  };

  async function cargar(mover) {
    const datos = await pedirDatos(caja, estado.elegido ? { activo: estado.elegido } : {}, (d) => d.velas.length > 0);
    if (!datos) return;
    const otro = datos.activo !== estado.activo;
    estado.activo = datos.activo;
    estado.operaciones = datos.operaciones;
    llenarSelector(selector, datos);
    const velas = datos.velas.map(([time, open, high, low, close]) => ({ time, open, high, low, close }));
    const decimales = Math.max(2, ...velas.slice(-20).map((v) => (String(v.close).split(".")[1] || "").length));
    serie.applyOptions({ priceFormat: { type: "price", precision: decimales, minMove: 10 ** -decimales } });
    serie.setData(velas);
    estado.ultima = velas.at(-1) ?? null;
    marcas.setMarkers(hacerMarcas(estado.operaciones));
    if (otro || mover) grafico.timeScale().setVisibleLogicalRange({ from: velas.length - 60, to: velas.length + 4 });
  }

  vestir();
  cargar(true);
  alCambiarTema(vestir);
  selector.addEventListener("change", () => { estado.elegido = selector.value; cargar(true); });
  document.addEventListener("vivo:todo", () => cargar(false));
  for (const tipo of ["operacion", "orden"]) {
    document.addEventListener(`vivo:${tipo}`, (ev) => { if (ev.detail.flujo === caja.dataset.bot) aplazar(() => cargar(false)); });
  }
  document.addEventListener("vivo:latido", ({ detail }) => {
    if (detail.flujo !== caja.dataset.bot) return;
    const visto = detail.datos.precios?.[estado.activo];
    if (visto) ponerPrecio(serie, estado, Number(visto.precio), visto.epoch_ms);
  });
}

let turno = null;
function aplazar(hacer) {
  turno ??= setTimeout(() => { turno = null; hacer(); }, 400);
}

function ponerPrecio(serie, estado, valor, epochMs) {
  const time = Math.floor(epochMs / 60_000) * 60;
  const ultima = estado.ultima;
  if (!Number.isFinite(valor) || (ultima && time < ultima.time)) return;
  estado.ultima = ultima && ultima.time === time
    ? { ...ultima, high: Math.max(ultima.high, valor), low: Math.min(ultima.low, valor), close: valor }
    : { time, open: valor, high: valor, low: valor, close: valor };
  serie.update(estado.ultima);
}

function llenarSelector(selector, datos) {
  const texto = datos.activos.join();
  if (selector.dataset.activos !== texto) {
    selector.replaceChildren(...datos.activos.map((activo) => new Option(activo, activo)));
    selector.dataset.activos = texto;
  }
  selector.value = datos.activo;
}

const minuto = (s) => Math.floor(s / 60) * 60;

function hacerMarcas(operaciones) {
  const sube = color("sube"), baja = color("baja"), neutro = color("suave"), acento = color("acento");
  const lista = [];
  operaciones.forEach((una, i) => {
    const alza = una.direccion === "CALL" || una.direccion === "BUY";
    const conTexto = i >= operaciones.length - CON_TEXTO;
    lista.push({ time: minuto(una.entrada_en), position: alza ? "belowBar" : "aboveBar", shape: alza ? "arrowUp" : "arrowDown", color: acento, size: 1 });
    if (una.salida_en === null || una.salida === null) return;
    const ganada = una.resultado === "ganada";
    lista.push({
      time: minuto(una.salida_en), position: "atPriceMiddle", price: una.salida, size: 0.6,
      shape: ganada ? "circle" : "square", color: ganada ? sube : una.resultado === "perdida" ? baja : neutro,
      text: conTexto ? dinero(una.beneficio, "", true) : undefined,
    });
  });
  return lista.sort((a, b) => a.time - b.time);
}
