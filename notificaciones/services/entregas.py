"""Qué fue de lo aceptado: lo que cuenta el canal por su cuenta (webhook) o cuando se le pregunta. Nunca retrocede."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction

from notificaciones.canales import Canal, CanalCaido, Hallazgo, Reaccion
from notificaciones.config import ConfigAvisos
from notificaciones.errores_twilio import de_entrega
from notificaciones.models import Aviso, EstadoAviso
from notificaciones.politica import Politica
from notificaciones.services.bandeja import por_reserva

_E = EstadoAviso
ESTADOS: dict[str, EstadoAviso] = {
    "accepted": _E.ACEPTADO,
    "scheduled": _E.ACEPTADO,
    "queued": _E.ACEPTADO,
    "sending": _E.ACEPTADO,
    "sent": _E.ACEPTADO,
    "delivered": _E.ENTREGADO,
    "partially_delivered": _E.ENTREGADO,
    "read": _E.LEIDO,
    "failed": _E.FALLIDO,
    "undelivered": _E.FALLIDO,
    "canceled": _E.FALLIDO,
}
# De dónde se puede llegar a cada uno: así un aviso que llega tarde o repetido no cambia nada.
DESDE: dict[EstadoAviso, tuple[EstadoAviso, ...]] = {
    _E.ACEPTADO: (_E.ENVIANDO, _E.DESCONOCIDO),
    _E.ENTREGADO: (_E.ENVIANDO, _E.DESCONOCIDO, _E.ACEPTADO),
    _E.LEIDO: (_E.ENVIANDO, _E.DESCONOCIDO, _E.ACEPTADO, _E.ENTREGADO),
    _E.FALLIDO: (_E.ENVIANDO, _E.DESCONOCIDO, _E.ACEPTADO),
}


def anotar_entrega(
    marca: str, hallado: Hallazgo, config: ConfigAvisos, *, ahora: datetime, politica: Politica | None = None
) -> bool:
    """Anota lo que el canal cuenta de un mensaje y devuelve si cambió algo. Contarlo otra vez, o tarde, no cambia nada.

    Se busca por su ``sid`` y, si aún no se había anotado (la noticia se adelantó), por la marca.
    """
    fila = Aviso.objects.filter(sid=hallado.sid).values_list("pk", flat=True).first()
    if fila is None and marca:
        fila = Aviso.objects.filter(marca=marca, sid="").values_list("pk", flat=True).first()
    if fila is None:
        return False
    return aplicar_estado(fila, hallado, config, ahora=ahora, politica=politica)


def aplicar_estado(
    fila: int, hallado: Hallazgo, config: ConfigAvisos, *, ahora: datetime, politica: Politica | None = None
) -> bool:
    """Lleva un aviso al estado que dice el canal, si no es volver atrás, y devuelve si cambió."""
    estado = ESTADOS.get(hallado.estado)
    if estado is None:
        return False
    with transaction.atomic():
        aviso = Aviso.objects.select_for_update().get(pk=fila)
        if aviso.estado not in DESDE[estado] or not hallado.sid or hallado.sid in aviso.sids_fallidos:
            return False
        if estado is _E.FALLIDO:
            _fallo(aviso, hallado, config, ahora, politica or Politica())
            return True
        aviso.estado, aviso.sid, aviso.reclamado_por = estado, hallado.sid, ""
        aviso.enviado_en = aviso.enviado_en or ahora
        aviso.actualizado_en = ahora
        aviso.save()
        return True


def _fallo(aviso: Aviso, hallado: Hallazgo, config: ConfigAvisos, ahora: datetime, politica: Politica) -> None:
    """Un mensaje aceptado que no llegó: ese ya no llegará, así que enviarlo otra vez no lo repite."""
    codigo = int(hallado.codigo) if hallado.codigo.isdecimal() else None
    que_hacer = de_entrega(codigo)
    hay_plantilla = not aviso.por_plantilla and bool(config.plantilla(aviso.tipo, forzada=True))
    aviso.codigo_error = hallado.codigo or hallado.estado
    aviso.reclamado_por = ""
    aviso.actualizado_en = ahora
    otra_vez = (que_hacer is Reaccion.PLANTILLA and hay_plantilla) or que_hacer is Reaccion.RETROCEDER
    if otra_vez and aviso.intentos < politica.intentos_max:
        espera = 0.0 if que_hacer is Reaccion.PLANTILLA else politica.retroceso(aviso.intentos)
        aviso.estado, aviso.sid = _E.PENDIENTE, ""
        aviso.sids_fallidos = [*aviso.sids_fallidos, hallado.sid]
        aviso.por_plantilla = aviso.por_plantilla or que_hacer is Reaccion.PLANTILLA
        aviso.proximo_en = ahora + timedelta(seconds=espera)
        aviso.save()
        return
    aviso.estado, aviso.sid = _E.FALLIDO, hallado.sid
    aviso.save()
    por_reserva(aviso, config, ahora)


def consultar_entregas(
    canales: Mapping[str, Canal],
    config: ConfigAvisos,
    *,
    ahora: datetime,
    politica: Politica | None = None,
    limite: int = 50,
) -> int:
    """Pregunta por lo aceptado de lo que nadie ha contado nada y devuelve cuántos cambiaron de estado."""
    politica = politica or Politica()
    filas = Aviso.objects.filter(
        estado=_E.ACEPTADO, canal__in=list(canales), proximo_en__lte=ahora, consultas__lt=len(politica.consultar_s)
    ).exclude(sid="")
    cambiaron = 0
    for aviso in filas.order_by("proximo_en")[:limite]:
        espera = politica.hasta_consultar(aviso.consultas + 1) or 0.0
        tomada = Aviso.objects.filter(pk=aviso.pk, consultas=aviso.consultas, estado=_E.ACEPTADO).update(
            consultas=aviso.consultas + 1, proximo_en=ahora + timedelta(seconds=espera)
        )
        if tomada == 1:
            cambiaron += _preguntar(aviso, canales[aviso.canal], config, ahora, politica)
    return cambiaron


def _preguntar(aviso: Aviso, canal: Canal, config: ConfigAvisos, ahora: datetime, politica: Politica) -> bool:
    if not canal.sabe_buscar:
        return False
    try:
        hallado = canal.consultar(aviso.sid)
    except CanalCaido:
        return False
    if hallado is None:
        return False
    return aplicar_estado(aviso.pk, hallado, config, ahora=ahora, politica=politica)
