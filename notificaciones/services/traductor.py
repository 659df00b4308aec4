"""Traduce eventos a avisos exactamente una vez: los avisos y el cursor se confirman en la misma transacción."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from historial.selectors.eventos import Cursor, EventoLeido, eventos_desde
from historial.services.escritura import insertar
from notificaciones import reglas, selectors
from notificaciones.config import ConfigAvisos
from notificaciones.models import CursorAvisos
from notificaciones.politica import Politica
from notificaciones.services.bandeja import encolar_avisos, resolver_asunto
from notificaciones.tipos import NuevoAviso, Suceso

NOMBRE = "avisos"


def traducir_eventos(
    config: ConfigAvisos,
    *,
    ahora: datetime,
    limite: int = 500,
    politica: Politica | None = None,
    entorno_de: Callable[[Suceso], str] | None = None,
) -> int:
    """Traduce los eventos que siguen y devuelve cuántos leyó; 0 cuando no quedan (o los está traduciendo otro).

    Quien mueve el cursor es quien escribe los avisos: si dos traducen a la vez, uno se deshace entero.
    """
    with transaction.atomic():
        insertar(CursorAvisos, si_no_existe=("nombre",), nombre=NOMBRE)
        fila = CursorAvisos.objects.select_for_update().get(nombre=NOMBRE)
        eventos = eventos_desde(Cursor(fila.tx, fila.evento), limite)
        if not eventos:
            return 0
        for evento in eventos:
            if reglas.interesa(evento.tipo):
                _traducir(evento, config, ahora, politica, entorno_de or _entorno)
        ultimo = eventos[-1].cursor
        movida = CursorAvisos.objects.filter(nombre=NOMBRE, tx=fila.tx, evento=fila.evento).update(
            tx=ultimo.tx, evento=ultimo.id, en=ahora
        )
        if movida != 1:  # otro se adelantó: lo suyo vale y lo nuestro se deshace
            transaction.set_rollback(True)
            return 0
    return len(eventos)


def _traducir(
    evento: EventoLeido,
    config: ConfigAvisos,
    ahora: datetime,
    politica: Politica | None,
    entorno_de: Callable[[Suceso], str],
) -> None:
    datos = evento.datos if isinstance(evento.datos, dict) else {}
    suceso = Suceso(id=str(evento.cursor), flujo=evento.flujo, tipo=evento.tipo, datos=datos, en=evento.en)
    for accion in reglas.acciones(suceso, entorno_de(suceso), config.zona):
        if isinstance(accion, NuevoAviso):
            encolar_avisos([accion], config, ahora=ahora, politica=politica)
        else:
            resolver_asunto(accion.asunto, accion.motivo, ahora=ahora)


def _entorno(suceso: Suceso) -> str:
    """Devuelve con qué dinero pasó: lo dice el propio evento o, si es de otro tiempo, la última orden del bot."""
    dicho = suceso.datos.get("entorno")
    if dicho:
        return str(dicho)
    if suceso.tipo == "freno":
        return selectors.entorno_de(str(suceso.datos.get("clave") or "") if suceso.datos.get("ambito") == "bot" else "")
    return selectors.entorno_de(str(suceso.datos.get("bot") or suceso.flujo), str(suceso.datos.get("cuenta") or ""))
