// Pide los datos de un gráfico y dice en su pie si no hay, si falló o si está cargando.
import { texto } from "./textos.js";

export async function pedirDatos(caja, parametros, hayDatos) {
  const pie = document.querySelector(`[data-estado-de="${caja.id}"]`);
  try {
    const url = new URL(caja.dataset.url, location.href);
    for (const [clave, valor] of Object.entries(parametros)) url.searchParams.set(clave, valor);
    const respuesta = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
    if (!respuesta.ok) throw new Error(String(respuesta.status));
    const datos = await respuesta.json();
    const hay = hayDatos(datos);
    decir(caja, pie, hay ? "" : texto("graficoVacio"));
    return datos;
  } catch {
    decir(caja, pie, texto("graficoFallo"));
    return null;
  }
}

function decir(caja, pie, frase) {
  if (!pie) return;
  pie.hidden = !frase;
  pie.textContent = frase;
  caja.classList.toggle("sin-datos", Boolean(frase));
}
