// Lo que pasa, en cuanto pasa: escucha /api/v1/eventos/ y refresca lo que toca.
//
// - Un elemento con data-vivo="tipo tipo" (o "*") y hx-trigger="refrescar" se vuelve a pedir cuando llega uno de esos
//   tipos; con data-vivo-bot="nombre", solo si es de ese bot. El primero va en el acto; los siguientes, agrupados cada
//   data-vivo-cada milisegundos (300).
// - Cada latido (y cada evento) se reenvía dentro de la página: document.addEventListener("vivo:latido", …).
// - Si se corta, lo dice con la edad de los datos, reanuda desde el último id y, al volver, refresca todo.
import { duracion } from "./reloj.js";
import { texto } from "./textos.js";

const TIPOS = [
  "operacion", "orden", "balance", "externa", "freno", "mando", "configuracion", "aviso", "trabajo", "ficticia", "pausa",
  "INICIO_OPERATIVA", "STOP_LOSS", "META_ALCANZADA", "FIN_DE_PAUSA", "REACTIVADO", "SIN_SALDO", "SALDO_SUFICIENTE", "MOVIMIENTO_AJENO",
];
const AGRUPAR_MS = 300, SILENCIO_MS = 20_000, VOLVER_MS = 2_000;

let fuente = null, ultimoId = "", ultimoDato = 0, huboCorte = false, conLatidos = false, vuelta = null;
const esperas = new Map(); // id del elemento -> {hasta, pendiente}

export function arrancarVivo() {
  if (!document.body.dataset.eventos || !window.EventSource) return;
  conectar();
  setInterval(vigilar, 1000);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) vigilar(); });
  window.addEventListener("online", conectar);
  window.addEventListener("pagehide", () => fuente?.close());
  window.addEventListener("pageshow", (ev) => { if (ev.persisted) conectar(); });
}

function conectar() {
  clearTimeout(vuelta);
  vuelta = null;
  fuente?.close();
  const url = new URL(document.body.dataset.eventos, location.href);
  if (ultimoId) url.searchParams.set("desde", ultimoId);
  const esta = new EventSource(url);
  fuente = esta;
  esta.addEventListener("open", () => alAbrir());
  esta.addEventListener("error", () => alFallar(esta));
  const tipos = new Set(TIPOS);
  for (const nodo of document.querySelectorAll("[data-vivo]")) {
    for (const tipo of nodo.dataset.vivo.split(/\s+/)) if (tipo && tipo !== "*") tipos.add(tipo);
  }
  for (const tipo of tipos) esta.addEventListener(tipo, (ev) => alEvento(tipo, ev));
  esta.addEventListener("latido", (ev) => alLatido(ev));
  esta.addEventListener("recargar", (ev) => { anotar(ev); refrescarTodo(); });
  esta.addEventListener("fin", () => alFallar(esta));
}

function alAbrir() {
  ultimoDato = Date.now();
  conLatidos = false;
  if (huboCorte) refrescarTodo();
  huboCorte = false;
  pintar("vivo");
}

function alFallar(esta) {
  if (esta !== fuente) return;
  huboCorte = true;
  pintar("cortado");
  // El navegador reintenta solo un corte de red; si el servidor dijo que no (401, 503…), se vuelve a probar aquí.
  if (esta.readyState === EventSource.CLOSED && vuelta === null) vuelta = setTimeout(conectar, VOLVER_MS);
}

function anotar(ev) {
  ultimoDato = Date.now();
  if (ev.lastEventId) ultimoId = ev.lastEventId;
}

function leer(ev) {
  anotar(ev);
  try { return JSON.parse(ev.data); } catch { return null; }
}

function alEvento(tipo, ev) {
  const suceso = leer(ev);
  if (!suceso) return;
  avisar(tipo, suceso);
  for (const nodo of document.querySelectorAll("[data-vivo]")) {
    const tipos = nodo.dataset.vivo.split(/\s+/);
    const suyo = !nodo.dataset.vivoBot || nodo.dataset.vivoBot === suceso.flujo || ["freno", "mando", "configuracion"].includes(suceso.flujo);
    if (suyo && (tipos.includes("*") || tipos.includes(tipo))) refrescar(nodo);
  }
  anunciar(tipo, suceso);
}

function alLatido(ev) {
  const suceso = leer(ev);
  if (!suceso) return;
  conLatidos = true;
  avisar("latido", suceso);
}

const avisar = (tipo, suceso) => document.dispatchEvent(new CustomEvent(`vivo:${tipo}`, { detail: suceso }));

function refrescar(nodo) {
  if (!nodo.id) return;
  const espera = esperas.get(nodo.id);
  if (espera) { espera.pendiente = true; return; }
  esperas.set(nodo.id, { pendiente: false });
  pedir(nodo.id);
  const cada = Number(nodo.dataset.vivoCada) || AGRUPAR_MS;
  setTimeout(function soltar() {
    const turno = esperas.get(nodo.id);
    if (turno?.pendiente) {
      turno.pendiente = false;
      pedir(nodo.id);
      setTimeout(soltar, cada);
    } else esperas.delete(nodo.id);
  }, cada);
}

function pedir(id) {
  const nodo = document.getElementById(id);
  if (nodo && window.htmx) window.htmx.trigger(nodo, "refrescar");
}

export function refrescarTodo() {
  for (const nodo of document.querySelectorAll("[data-vivo]")) refrescar(nodo);
  document.dispatchEvent(new CustomEvent("vivo:todo"));
}

function vigilar() {
  if (!fuente) return;
  const silencio = Date.now() - ultimoDato;
  if (fuente.readyState === EventSource.OPEN && conLatidos && silencio > SILENCIO_MS) {
    huboCorte = true; // abierta, pero muda: se da por cortada y se vuelve a abrir
    pintar("cortado");
    conectar();
  } else if (fuente.readyState !== EventSource.OPEN) {
    huboCorte = huboCorte || ultimoDato > 0;
    if (ultimoDato) pintar("cortado");
  }
}

function pintar(estado) {
  const luz = document.getElementById("conexion"), franja = document.getElementById("aviso-datos");
  if (!luz) return;
  luz.dataset.estado = estado;
  const edad = duracion(ultimoDato ? (Date.now() - ultimoDato) / 1000 : 0);
  const frase = estado === "vivo" ? texto("enVivo") : texto("cortado");
  const nodo = document.getElementById("conexion-texto"), voz = document.getElementById("anuncio");
  if (nodo.textContent !== frase) {
    // En voz alta, una vez por corte y una al volver; los segundos de la franja no se leen.
    if (voz && (estado === "cortado" || nodo.dataset.huboCorte)) voz.textContent = frase;
    if (estado === "cortado") nodo.dataset.huboCorte = "";
    nodo.textContent = frase;
  }
  if (!franja) return;
  franja.hidden = estado === "vivo" || !ultimoDato;
  if (!franja.hidden) franja.textContent = texto("datosDeHace").replace("{}", edad);
}

// Solo se lee en voz alta lo que cambia qué hace un bot; no cada operación.
const EN_VOZ = ["STOP_LOSS", "META_ALCANZADA", "FIN_DE_PAUSA", "REACTIVADO", "SIN_SALDO", "INICIO_OPERATIVA"];
function anunciar(tipo, suceso) {
  const nodo = document.getElementById("anuncio");
  if (!nodo) return;
  if (EN_VOZ.includes(tipo)) nodo.textContent = `${suceso.flujo}: ${texto(tipo)}`;
  if (tipo === "freno") nodo.textContent = `${texto("freno")} ${suceso.datos?.estado ?? ""}`;
}
