"""Escribe en la bandeja: encola, acusa, resuelve y repite. Nada de esto habla con nadie de fuera."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet

from dominio.errores import ErrorUsuario
from historial.services.escritura import insertar
from historial.services.registro import publicar_evento
from notificaciones import textos
from notificaciones.config import APPRISE, WHATSAPP, ConfigAvisos
from notificaciones.models import Aviso, EstadoAviso
from notificaciones.politica import Politica
from notificaciones.tipos import NuevoAviso, Urgencia

FLUJO = "avisos"
SIN_CANAL = ("panel", "panel")
SIN_SALIR = (EstadoAviso.PENDIENTE,)
PARADOS = (EstadoAviso.ACEPTADO, EstadoAviso.ENTREGADO, EstadoAviso.LEIDO, EstadoAviso.FALLIDO)


def encolar_avisos(
    nuevos: Iterable[NuevoAviso], config: ConfigAvisos, *, ahora: datetime, politica: Politica | None = None
) -> int:
    """Guarda un aviso por salida y devuelve cuántas filas entraron. Repetirlo no añade ninguna.

    Lo urgente va por los dos canales; lo demás, por el primero (por el segundo si el primero no existe o falla). Sin
    ningún canal queda escrito y DESCARTADO: se ve en el panel. Se puede llamar dentro de otra transacción.
    """
    politica = politica or Politica()
    entraron = 0
    with transaction.atomic():
        for nuevo in nuevos:
            filas = [
                _insertar(nuevo, canal, destino, config, ahora, politica) for canal, destino in _salidas(nuevo, config)
            ]
            entraron += sum(filas)
            if any(filas):
                datos = {"clave": nuevo.clave, "tipo": nuevo.tipo, "urgencia": nuevo.urgencia, "bot": nuevo.bot}
                publicar_evento(FLUJO, "aviso", datos, ahora=ahora)
    return entraron


def _salidas(nuevo: NuevoAviso, config: ConfigAvisos) -> tuple[tuple[str, str], ...]:
    primero = tuple(salida for salida in config.salidas if salida[0] == WHATSAPP)
    if nuevo.urgencia is Urgencia.YA:
        return (*primero, *config.salidas_reserva) or (SIN_CANAL,)
    return primero or config.salidas_reserva or (SIN_CANAL,)


def _insertar(
    nuevo: NuevoAviso, canal: str, destino: str, config: ConfigAvisos, ahora: datetime, politica: Politica
) -> bool:
    marca = textos.marca(nuevo.clave, destino, canal, 0, ahora)
    variables = textos.variables(nuevo, marca)
    sin_canal = (canal, destino) == SIN_CANAL
    caduco = ahora - nuevo.ocurrido_en > timedelta(seconds=politica.vigencia_s)
    repetir = nuevo.urgencia is Urgencia.YA
    return insertar(
        Aviso,
        si_no_existe=("clave", "destino", "canal", "repeticion"),
        clave=nuevo.clave,
        destino=destino,
        canal=canal,
        repeticion=0,
        asunto=nuevo.asunto,
        tipo=nuevo.tipo,
        urgencia=nuevo.urgencia,
        bot=nuevo.bot,
        cuerpo=textos.cuerpo(variables),
        variables=variables,
        marca=marca,
        estado=EstadoAviso.DESCARTADO if sin_canal or caduco else EstadoAviso.PENDIENTE,
        codigo_error="SIN-CANAL" if sin_canal else "CADUCADO" if caduco else "",
        proximo_en=_salida(nuevo, config, ahora),
        repetir_hasta_acuse=repetir,
        repetir_en=None if caduco or sin_canal or not repetir else ahora + timedelta(seconds=politica.repetir_s[0]),
        ocurrido_en=nuevo.ocurrido_en,
        creado_en=ahora,
        actualizado_en=ahora,
    )


def _salida(nuevo: NuevoAviso, config: ConfigAvisos, ahora: datetime) -> datetime:
    cuando = max(ahora, nuevo.ocurrido_en + timedelta(seconds=nuevo.esperar_s)) if nuevo.esperar_s else ahora
    if nuevo.urgencia is Urgencia.YA or config.tranquilas is None:
        return cuando
    return config.tranquilas.salida(cuando, config.zona)


def por_reserva(aviso: Aviso, config: ConfigAvisos, ahora: datetime) -> int:
    """Encola por el segundo canal lo que el primero no pudo entregar y devuelve cuántas filas entraron."""
    entraron = 0
    for canal, destino in config.salidas_reserva if aviso.canal != APPRISE else ():
        entraron += _copiar(aviso, canal, destino, aviso.repeticion, ahora, None)
    return entraron


def _copiar(
    aviso: Aviso, canal: str, destino: str, repeticion: int, ahora: datetime, repetir_en: datetime | None
) -> bool:
    marca = textos.marca(aviso.clave, destino, canal, repeticion, ahora)
    variables = {**aviso.variables, "5": marca}
    if repeticion:
        variables = textos.otra_vez(aviso.variables, marca, repeticion)
    return insertar(
        Aviso,
        si_no_existe=("clave", "destino", "canal", "repeticion"),
        clave=aviso.clave,
        destino=destino,
        canal=canal,
        repeticion=repeticion,
        asunto=aviso.asunto,
        tipo=aviso.tipo,
        urgencia=aviso.urgencia,
        bot=aviso.bot,
        cuerpo=textos.cuerpo(variables),
        variables=variables,
        marca=marca,
        proximo_en=ahora,
        repetir_hasta_acuse=aviso.repetir_hasta_acuse,
        repetir_en=repetir_en,
        ocurrido_en=aviso.ocurrido_en,
        creado_en=ahora,
        actualizado_en=ahora,
    )


def repetir_sin_acuse(*, ahora: datetime, politica: Politica | None = None) -> int:
    """Encola otra vez lo urgente que nadie ha acusado y devuelve cuántas filas añadió.

    Cada fila se repite una vez: quien le quita la hora de repetición es quien escribe la siguiente. Lo que aún no ha
    salido no se repite; espera.
    """
    politica = politica or Politica()
    vencidas = Aviso.objects.filter(
        repetir_en__lte=ahora, repetir_hasta_acuse=True, acuse_en=None, estado__in=PARADOS
    ).order_by("pk")
    return sum(_repetir(aviso, ahora, politica) for aviso in vencidas[:200])


def _repetir(aviso: Aviso, ahora: datetime, politica: Politica) -> bool:
    with transaction.atomic():
        tomada = Aviso.objects.filter(pk=aviso.pk, repetir_en=aviso.repetir_en, acuse_en=None).update(repetir_en=None)
        if tomada != 1:
            return False
        siguiente = aviso.repeticion + 1
        espera = politica.hasta_repetir(siguiente)
        cuando = None if espera is None else ahora + timedelta(seconds=espera)
        return _copiar(aviso, aviso.canal, aviso.destino, siguiente, ahora, cuando)


def acusar(clave: str, quien: str, *, ahora: datetime) -> int:
    """Da por recibido un aviso entero (todos sus destinatarios) y devuelve cuántas filas acusó; 0 si ya lo estaba.

    Raises:
        ErrorUsuario: AVI-10 si no hay ninguno con esa clave.
    """
    if not Aviso.objects.filter(clave=clave).exists():
        raise ErrorUsuario("AVI-10", f"No hay ningún aviso «{clave}».", "Vea «timonel avisos lista».")
    return _acusar(Q(clave=clave), quien, ahora)


def acusar_todo(quien: str, *, ahora: datetime) -> int:
    """Da por recibido todo lo que se está repitiendo y devuelve cuántas filas acusó."""
    return _acusar(Q(repetir_hasta_acuse=True), quien, ahora)


def resolver_asunto(asunto: str, motivo: str, *, ahora: datetime) -> int:
    """Da por resuelto un asunto: no se repite más y lo que no había salido se descarta. Devuelve cuántas filas tocó."""
    return _acusar(Q(asunto=asunto), motivo, ahora) if asunto else 0


def _acusar(cuales: Q, quien: str, ahora: datetime) -> int:
    with transaction.atomic():
        filas: QuerySet[Aviso] = Aviso.objects.filter(cuales, acuse_en=None)
        filas.filter(estado__in=SIN_SALIR).update(estado=EstadoAviso.DESCARTADO, codigo_error="RESUELTO")
        acusadas = filas.update(acuse_en=ahora, acuse_por=quien[:64], repetir_en=None, actualizado_en=ahora)
        if acusadas:
            publicar_evento(FLUJO, "aviso_acusado", {"filas": acusadas, "por": quien}, ahora=ahora)
    return acusadas
