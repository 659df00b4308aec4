// Los colores del tema, resueltos: los lienzos no entienden var() ni light-dark().
export function color(nombre) {
  const sonda = document.createElement("span");
  sonda.style.color = `var(--${nombre})`;
  document.body.append(sonda);
  const valor = getComputedStyle(sonda).color;
  sonda.remove();
  return valor;
}

export function alCambiarTema(hacer) {
  document.addEventListener("tema", hacer);
}
