"""Parar y reanudar: el freno de la base actúa en el acto; una orden de mando pone la bandera y avisa al proceso."""

from datetime import datetime

from django.db import transaction

from core.selectors import estados
from dashboard.pagina.comun.unico import unico
from dominio.errores import ErrorUsuario
from dominio.freno import Freno
from historial.models import EstadoFreno
from historial.services import fijar_freno, pedir_mando


def parar(ambito: str, clave: str, actor: str, *, ahora: datetime, motivo: str = "parado desde el panel") -> None:
    """Pone DETENIDO en el ámbito («global» o «bot») y pide a los supervisores la bandera y la señal.

    Raises:
        ErrorUsuario: FRE-02 si el ámbito no existe.
    """
    with transaction.atomic():
        fijar_freno(ambito, clave, Freno.DETENIDO, motivo, actor, ahora=ahora)
        _pedir("alto", ambito, clave, actor, ahora)


def reanudar(ambito: str, clave: str, actor: str, *, ahora: datetime, motivo: str = "reanudado desde el panel") -> None:
    """Suelta el freno del ámbito. Quien llama ya comprobó el rol y el refuerzo. El ciclo del bot no cambia.

    Raises:
        ErrorUsuario: FRE-02 si el ámbito no existe; PAN-04 si el bot no se conoce.
    """
    if ambito == "bot" and not _conocido(clave):
        raise ErrorUsuario("PAN-04", f"No se conoce el bot «{clave}».", "Vuelva a Inicio y elija uno.")
    with transaction.atomic():
        fijar_freno(ambito, clave, Freno.ACTIVO, motivo, actor, ahora=ahora)
        _pedir("reanudar", ambito, clave, actor, ahora)


def _conocido(bot: str) -> bool:
    """Devuelve si el bot ha operado o tiene un freno escrito: soltar el de una errata parecería un éxito."""
    return EstadoFreno.objects.filter(ambito="bot", clave=bot).exists() or any(fila.bot == bot for fila, _ in estados())


def _pedir(orden: str, ambito: str, clave: str, actor: str, ahora: datetime) -> None:
    bot = clave if ambito == "bot" else ""
    pedir_mando(bot, orden, {"ambito": ambito, "clave": clave}, actor, f"panel-{orden}-{unico()}", ahora=ahora)
