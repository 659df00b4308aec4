"""La forma de los números y textos que viajan: sin ceros de más en los números, con todos en los textos."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from dominio.azar import Azar
from simulacion.sedes.deriv import Contrato

Mensaje = dict[str, Any]


def numero(valor: "Decimal | float | int") -> "int | float":
    """Devuelve el número como lo escribe la sede: 10 y no 10.0, 18.5 y no 18.50."""
    real = float(valor)
    return int(real) if real.is_integer() else real


def importe(valor: Decimal) -> str:
    """Devuelve el importe con sus dos decimales."""
    return f"{valor:.2f}"


def precio(valor: float, decimales: int) -> str:
    """Devuelve el precio con todos los decimales del activo."""
    return f"{valor:.{decimales}f}"


def uuid(azar: Azar) -> str:
    """Devuelve un identificador con forma de UUID 4."""
    h = azar.hexadecimal(16)
    return f"{h[:8]}-{h[8:12]}-4{h[13:16]}-a{h[17:20]}-{h[20:]}"


def codigo_corto(contrato: Contrato) -> str:
    """Devuelve el shortcode: el tercer campo es el PAGO, no la prima."""
    pedido = contrato.pedido
    fin = f"{pedido.ticks}T" if pedido.ticks else str(contrato.vence)
    return f"{pedido.tipo}_{pedido.simbolo}_{contrato.pago:.2f}_{contrato.inicio}_{fin}_S0P_0"


def descripcion(nombre: str, tipo: str, duracion: int, unidad: str) -> str:
    """Devuelve el longcode en inglés, como lo da la sede."""
    sentido = {"CALL": "strictly higher than", "PUT": "strictly lower than"}.get(
        tipo, "higher than or equal to" if tipo == "CALLE" else "lower than or equal to"
    )
    if unidad == "t":
        return f"Win payout if {nombre} after {duracion} ticks is {sentido} entry spot."
    unidades = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
    return f"Win payout if {nombre} is {sentido} entry spot at {duracion} {unidades[unidad]} after contract start time."


def fecha(epoch: int) -> str:
    """Devuelve la fecha UTC de una hora."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%d")


def barajar(azar: Azar, cosas: list[Any]) -> list[Any]:
    """Devuelve la lista en otro orden, según el azar con semilla."""
    mezcla = list(cosas)
    for i in range(len(mezcla) - 1, 0, -1):
        j = azar.entero(0, i)
        mezcla[i], mezcla[j] = mezcla[j], mezcla[i]
    return mezcla
