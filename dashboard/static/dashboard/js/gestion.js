// Lo propio de Operaciones, Avisos, Sistema y Ajustes: el cajón lateral y la zona horaria de los filtros de fecha.
const zona = Intl.DateTimeFormat().resolvedOptions().timeZone;
for (const campo of document.querySelectorAll("[data-zona]")) campo.value = zona || campo.value;

let devolverFoco = null;

document.addEventListener("htmx:beforeRequest", (ev) => {
  const quien = ev.target.closest("[data-abre-cajon]");
  if (!quien) return;
  devolverFoco = quien;
  const cajon = document.getElementById(quien.dataset.abreCajon);
  if (!cajon.open) cajon.showModal();
});

document.addEventListener("htmx:afterSwap", (ev) => {
  ev.target.closest("dialog")?.querySelector("[data-cierra]")?.focus();
});

// Si la petición falla, el enlace se sigue como enlace: la misma vida de la orden, en su página.
for (const suceso of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
  document.addEventListener(suceso, (ev) => {
    const quien = ev.target.closest("[data-abre-cajon]");
    if (quien) window.location.assign(quien.href);
  });
}

for (const cajon of document.querySelectorAll("dialog.cajon")) {
  cajon.addEventListener("close", () => devolverFoco?.focus());
  cajon.addEventListener("click", (ev) => { if (ev.target === cajon) cajon.close(); });
}
