// Pone el tema elegido antes de pintar nada, para que la página no parpadee. Guion clásico: va en la cabecera.
(() => {
  let tema = null;
  try { tema = localStorage.getItem("timonel.tema"); } catch { /* sin almacén, manda el sistema */ }
  if (tema === "claro" || tema === "oscuro") document.documentElement.dataset.tema = tema;
})();
