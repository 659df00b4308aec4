// La hora del servidor (con el desfase de este equipo corregido) y los <time> que cuentan solos.
const raya = "\u2014", duro = "\u00a0";
let desfaseMs = 0;

const marca = document.querySelector('meta[name="timonel-ahora"]');
if (marca) {
  // El servidor da segundos enteros: medio segundo de más en promedio. Solo se corrige un desfase que se note.
  const visto = Number(marca.content) * 1000 + 500 - Date.now();
  if (Math.abs(visto) > 3000) desfaseMs = visto;
}

export const ahoraMs = () => Date.now() + desfaseMs;

export function duracion(segundos) {
  const total = Math.max(0, Math.floor(segundos));
  const d = Math.floor(total / 86400), h = Math.floor(total / 3600) % 24, m = Math.floor(total / 60) % 60, s = total % 60;
  const dos = (n) => String(n).padStart(2, "0");
  if (d) return `${d}${duro}d ${h}${duro}h`;
  if (h) return `${h}${duro}h ${dos(m)}${duro}min`;
  return m ? `${m}${duro}min ${dos(s)}${duro}s` : `${s}${duro}s`;
}

export function cuentaAtras(segundos) {
  const total = Math.max(0, Math.ceil(segundos));
  const h = Math.floor(total / 3600), m = Math.floor(total / 60) % 60, s = total % 60;
  const dos = (n) => String(n).padStart(2, "0");
  return h ? `${dos(h)}:${dos(m)}:${dos(s)}` : `${dos(m)}:${dos(s)}`;
}

function escribir(nodo, texto) {
  if (nodo.textContent !== texto) nodo.textContent = texto;
}

export function pasarSegundo() {
  const ahora = ahoraMs();
  for (const nodo of document.querySelectorAll("time[data-desde]")) {
    escribir(nodo, duracion((ahora - Date.parse(nodo.dataset.desde)) / 1000));
  }
  for (const nodo of document.querySelectorAll("time[data-hasta]")) {
    const falta = (Date.parse(nodo.dataset.hasta) - ahora) / 1000;
    escribir(nodo, Number.isFinite(falta) ? cuentaAtras(falta) : raya);
    nodo.toggleAttribute("data-cumplido", falta <= 0);
  }
}

// --- Horas locales: el servidor las escribe en UTC y aquí pasan a la zona del navegador; el title conserva el UTC.
const idioma = document.body.dataset.idioma || "es";
const hms = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
const dia = { day: "2-digit", month: "2-digit" };
const FORMATOS = {
  hora: new Intl.DateTimeFormat(idioma, hms),
  minuto: new Intl.DateTimeFormat(idioma, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
  fecha: new Intl.DateTimeFormat(idioma, { ...dia, year: "numeric" }),
  fecha_hora: new Intl.DateTimeFormat(idioma, { ...dia, year: "numeric", ...hms }),
  dia_hora: new Intl.DateTimeFormat(idioma, { ...dia, hour: "2-digit", minute: "2-digit", hourCycle: "h23" }),
};

export function ponerHorasLocales(raiz = document) {
  for (const nodo of raiz.querySelectorAll("time[data-hora]:not([data-puesta])")) {
    const momento = Date.parse(nodo.dateTime);
    if (!Number.isFinite(momento)) continue;
    nodo.textContent = (FORMATOS[nodo.dataset.hora] || FORMATOS.hora).format(momento).replace(",", "");
    nodo.dataset.puesta = "";
  }
}

export function arrancarReloj() {
  ponerHorasLocales();
  const latir = () => {
    pasarSegundo();
    setTimeout(latir, 1000 - (ahoraMs() % 1000) + 5);
  };
  latir();
}
