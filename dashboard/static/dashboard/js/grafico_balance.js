// La curva del balance, escalonada, con el nivel de stop y la meta que había en cada momento. uPlot es global (guion clásico).
import { alCambiarTema, color } from "./colores.js";
import { dinero, numero } from "./formatos.js";
import { pedirDatos } from "./pedir.js";
import { texto } from "./textos.js";

export function arrancarGraficoBalance(caja) {
  let grafico = null, ultimos = null;

  const medidas = () => ({ width: caja.clientWidth, height: caja.clientHeight });

  function pintar() {
    if (!ultimos) return;
    grafico?.destroy();
    grafico = new window.uPlot(opciones(ultimos, medidas()), [ultimos.en, ultimos.balance, ultimos.stop, ultimos.meta], caja);
  }

  async function cargar() {
    const datos = await pedirDatos(caja, {}, (d) => d.en.length > 1);
    if (!datos || datos.en.length < 2) return;
    const mismo = grafico && ultimos?.moneda === datos.moneda;
    ultimos = datos;
    if (mismo) grafico.setData([datos.en, datos.balance, datos.stop, datos.meta]);
    else pintar();
  }

  cargar();
  alCambiarTema(pintar);
  new ResizeObserver(() => grafico?.setSize(medidas())).observe(caja);
  document.addEventListener("vivo:todo", cargar);
  for (const tipo of ["operacion", "balance", "REACTIVADO", "STOP_LOSS", "META_ALCANZADA"]) {
    document.addEventListener(`vivo:${tipo}`, (ev) => { if (ev.detail.flujo === caja.dataset.bot) aplazar(cargar); });
  }
}

let turno = null;
function aplazar(hacer) {
  turno ??= setTimeout(() => { turno = null; hacer(); }, 400);
}

function opciones({ moneda }, medidas) {
  const escalon = window.uPlot.paths.stepped({ align: 1 });
  const linea = (label, stroke, extra = {}) => ({ label, stroke, paths: escalon, points: { show: false }, value: (_u, v) => dinero(v, moneda), ...extra });
  const suave = color("suave"), cuadricula = { stroke: color("cuadricula"), width: 1 };
  const eje = { stroke: suave, grid: cuadricula, ticks: { show: false }, font: `12px ${getComputedStyle(document.body).fontFamily}` };
  return {
    ...medidas,
    padding: [8, 8, 0, 0],
    legend: { live: true },
    cursor: { drag: { x: true, y: false }, points: { size: 6 } },
    scales: { x: { time: true } },
    axes: [
      { ...eje, values: (_u, partes) => partes.map((s) => new Date(s * 1000).toLocaleString(document.documentElement.lang, formatoEje(partes))) },
      { ...eje, size: 74, values: (_u, partes) => partes.map((v) => numero(v, pasoFino(partes) ? 2 : 0)) },
    ],
    series: [
      { label: texto("hora"), value: (_u, s) => (s == null ? "\u2014" : new Date(s * 1000).toLocaleString(document.documentElement.lang)) },
      linea(texto("balance"), color("acento"), { width: 2 }),
      linea(texto("nivelStop"), color("baja"), { width: 1.5, dash: [6, 4] }),
      linea(texto("objetivo"), color("sube"), { width: 1.5, dash: [2, 4] }),
    ],
  };
}

function formatoEje(partes) {
  const largo = partes.at(-1) - partes[0];
  if (largo > 3 * 86_400) return { day: "2-digit", month: "2-digit" };
  return { hour: "2-digit", minute: "2-digit", second: largo < 120 ? "2-digit" : undefined, hourCycle: "h23" };
}

const pasoFino = (partes) => partes.length > 1 && partes[1] - partes[0] < 1;
