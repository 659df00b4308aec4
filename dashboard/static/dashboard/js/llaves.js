// Llaves de seguridad: pide al navegador la credencial y envía el formulario.
const leer = (formulario) => JSON.parse(document.getElementById(formulario.dataset.datos).textContent);

async function credencial(formulario) {
  const datos = leer(formulario);
  if (formulario.dataset.llave !== "crear") return window.webauthnJSON.get(datos.request_options);
  const opciones = datos.creation_options;
  const marca = formulario.querySelector('input[name="passwordless"]');
  const sinContrasena = Boolean(marca && marca.checked);
  const seleccion = opciones.publicKey.authenticatorSelection;
  seleccion.residentKey = sinContrasena ? "required" : "discouraged";
  seleccion.requireResidentKey = sinContrasena;
  if (sinContrasena) seleccion.userVerification = "required";
  return window.webauthnJSON.create(opciones);
}

for (const formulario of document.querySelectorAll("form[data-llave]")) {
  const aviso = formulario.querySelector("[data-llave-error]");
  formulario.querySelector("[data-llave-boton]").addEventListener("click", async () => {
    aviso.hidden = true;
    try {
      formulario.querySelector('input[name="credential"]').value = JSON.stringify(await credencial(formulario));
      formulario.submit();
    } catch {
      aviso.hidden = false;
    }
  });
}
