// La página de un bot: sus dos gráficos.
import { arrancarGraficoBalance } from "./grafico_balance.js";
import { arrancarGraficoPrecio } from "./grafico_precio.js";

const precio = document.getElementById("grafico-precio"), balance = document.getElementById("grafico-balance");
if (precio) arrancarGraficoPrecio(precio, document.getElementById("grafico-activo"));
if (balance) arrancarGraficoBalance(balance);
