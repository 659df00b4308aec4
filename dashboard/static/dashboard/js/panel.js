// Arranca lo común a todas las páginas.
import { arrancarDialogos, arrancarTema } from "./dialogos.js";
import { arrancarReloj, pasarSegundo, ponerHorasLocales } from "./reloj.js";
import { arrancarTarjetas } from "./tarjetas.js";
import { arrancarVivo } from "./vivo.js";

arrancarTema();
arrancarDialogos();
arrancarReloj();
arrancarTarjetas();
arrancarVivo();

// «load» avisa de cada trozo nuevo, también de los que sustituyen al propio elemento o llegan fuera de sitio.
document.addEventListener("htmx:load", (ev) => {
  ponerHorasLocales(ev.detail.elt);
  pasarSegundo();
});
