// Diálogos de confirmación, menú de cuenta y conmutador de tema. Todo por delegación: sirve también para lo que traiga htmx.
export function arrancarDialogos() {
  document.addEventListener("click", (ev) => {
    const abre = ev.target.closest("[data-abre]");
    if (abre) abrir(document.getElementById(abre.dataset.abre), abre.dataset.clave);
    const cierra = ev.target.closest("[data-cierra]");
    if (cierra) cierra.closest("dialog")?.close();
    for (const menu of document.querySelectorAll("details.cuenta[open]")) {
      if (!menu.contains(ev.target)) menu.open = false;
    }
  });
  document.addEventListener("keydown", (ev) => {
    if (ev.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.cuenta[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
}

// El diálogo es uno para todos los bots: quien lo abre dice de cuál se habla.
function abrir(dialogo, clave) {
  if (!dialogo) return;
  if (clave !== undefined) {
    const campo = dialogo.querySelector('input[name="clave"]'), nombre = dialogo.querySelector("[data-nombre]");
    if (campo) campo.value = clave;
    if (nombre) nombre.textContent = clave;
  }
  dialogo.showModal();
}

export function arrancarTema() {
  const raiz = document.documentElement;
  const actual = raiz.dataset.tema || "sistema";
  for (const boton of document.querySelectorAll('input[name="tema"]')) {
    boton.checked = boton.value === actual;
    boton.addEventListener("change", () => {
      if (boton.value === "sistema") delete raiz.dataset.tema;
      else raiz.dataset.tema = boton.value;
      try { localStorage.setItem("timonel.tema", boton.value); } catch { /* sin almacén, dura esta página */ }
      document.dispatchEvent(new CustomEvent("tema"));
    });
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => document.dispatchEvent(new CustomEvent("tema")));
}
