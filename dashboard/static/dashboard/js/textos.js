// Las frases que escribe el navegador, ya traducidas por el servidor (partes/textos.html).
const nodo = document.getElementById("textos");

// «enVivo» es data-en-vivo; «STOP_LOSS», data-stop_loss.
export function texto(clave) {
  const atributo = clave === clave.toUpperCase() ? clave.toLowerCase() : clave.replace(/[A-Z]/g, (l) => `-${l.toLowerCase()}`);
  return nodo?.getAttribute(`data-${atributo}`) ?? clave;
}
