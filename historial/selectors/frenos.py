"""El freno vigente según la base: el más estricto de los ámbitos; sin fila global, DETENIDO."""

from typing import Any

from django.db.models import Q

from dominio.freno import Freno, leer, mas_estricto
from historial.models import EstadoFreno
from historial.services.traduccion import clave_cuenta


def freno_vigente(*, bot: str = "", cuenta: str = "", sede: str = "") -> Freno:
    """Devuelve el más estricto de global, cuenta y bot. Sin ``sede`` vale el freno de esa cuenta en cualquier sede.

    Si la base no se puede leer, el error llega a quien llama: para él también es DETENIDO.
    """
    filas = EstadoFreno.objects.filter(Q(ambito="global") | _de_cuenta(sede, cuenta) | Q(ambito="bot", clave=bot))
    vistos = list(filas.values_list("ambito", "estado"))
    if not any(ambito == "global" for ambito, _ in vistos):
        return Freno.DETENIDO
    return mas_estricto(leer(estado) for _, estado in vistos)


def _de_cuenta(sede: str, cuenta: str) -> Q:
    if sede:
        return Q(ambito="cuenta", clave=clave_cuenta(sede, cuenta))
    return Q(ambito="cuenta", clave__endswith=f":{cuenta}") if cuenta else Q(pk__in=())


def frenos() -> list[dict[str, Any]]:
    """Devuelve todos los frenos escritos: ámbito, clave, estado, motivo, actor y hora."""
    campos = ("ambito", "clave", "estado", "motivo", "actor", "en")
    return list(EstadoFreno.objects.order_by("ambito", "clave").values(*campos))
