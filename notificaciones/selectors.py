"""Lecturas de los avisos: la lista del panel y de la consola, y lo que hace falta para escribirlos."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Min, QuerySet

from historial.models import AcumuladoTotal, Latido, Orden
from historial.selectors import frenos
from notificaciones.models import Aviso, CanalAvisos, EstadoAviso

POR_GRAVEDAD = ("real", "demo", "papel", "simulado")


def avisos_recientes(limite: int = 50, *, sin_acuse: bool = False, bot: str | None = None) -> "QuerySet[Aviso]":
    """Devuelve los avisos más recientes primero; ``sin_acuse``: solo lo que se repite y nadie ha acusado."""
    filas = Aviso.objects.order_by("-pk")
    if sin_acuse:
        filas = filas.filter(repetir_hasta_acuse=True, acuse_en=None)
    if bot is not None:
        filas = filas.filter(bot=bot)
    return filas[:limite]


def sin_acusar() -> int:
    """Devuelve cuántos sucesos esperan que alguien acuse recibo."""
    return Aviso.objects.filter(repetir_hasta_acuse=True, acuse_en=None).values("clave").distinct().count()


def estado_bandeja(ahora: datetime) -> dict[str, Any]:
    """Devuelve cuántos avisos hay en cada estado, la edad en segundos del más viejo por salir y los canales parados."""
    cuentas = {estado.value: 0 for estado in EstadoAviso}
    cuentas |= dict(Aviso.objects.values_list("estado").annotate(n=Count("pk")))
    por_salir = (EstadoAviso.PENDIENTE, EstadoAviso.ENVIANDO, EstadoAviso.DESCONOCIDO)
    debidos = Aviso.objects.filter(estado__in=por_salir, proximo_en__lte=ahora)
    viejo = debidos.aggregate(viejo=Min("proximo_en"))["viejo"]
    parados = CanalAvisos.objects.filter(parado_hasta__gt=ahora).values("canal", "parado_hasta", "codigo_error")
    return {
        "cuentas": cuentas,
        "edad_s": None if viejo is None else (ahora - viejo).total_seconds(),
        "parados": list(parados),
        "sin_acusar": sin_acusar(),
    }


def fallidos_por_codigo() -> dict[str, int]:
    """Devuelve cuántos avisos no se pudieron entregar, por código."""
    return dict(Aviso.objects.filter(estado=EstadoAviso.FALLIDO).values_list("codigo_error").annotate(n=Count("pk")))


def entorno_de(bot: str, cuenta: str = "") -> str:
    """Devuelve con qué dinero opera un bot según su última orden o, si aún no hay, sus cuentas. Vacío: no se sabe.

    Sin bot, los de todos, unidos por «+», el dinero real delante.
    """
    if not bot:
        vistos = set(AcumuladoTotal.objects.values_list("entorno", flat=True).distinct())
        return "+".join(uno for uno in POR_GRAVEDAD if uno in vistos)
    filtro = {"bot": bot, **({"cuenta": cuenta} if cuenta else {})}
    ultima = Orden.objects.filter(**filtro).order_by("-pk").values_list("entorno", flat=True).first()
    if ultima:
        return str(ultima)
    return str(AcumuladoTotal.objects.filter(**filtro).order_by("-pk").values_list("entorno", flat=True).first() or "")


def estado_en_palabras(ahora: datetime) -> str:
    """Devuelve el estado de los bots en pocas líneas: ciclo, conexión, contrato abierto y freno."""
    lineas = [_linea(latido, ahora) for latido in Latido.objects.order_by("bot")[:20]]
    puestos = [f"{f['ambito']} {f['clave']}".strip() + f": {f['estado']}" for f in frenos() if f["estado"] != "ACTIVO"]
    lineas.append(f"Freno: {'; '.join(puestos)}." if puestos else "Freno: ninguno.")
    pendientes = sin_acusar()
    if pendientes:
        lineas.append(f"Avisos sin acusar: {pendientes} (responda OK).")
    return "\n".join(lineas)


def _linea(latido: Latido, ahora: datetime) -> str:
    datos = latido.datos if isinstance(latido.datos, dict) else {}
    edad = max(0, round((ahora - latido.en).total_seconds()))
    contrato = datos.get("contrato")
    partes = [
        str(datos.get("ciclo") or "sin ciclo"),
        "conectado" if datos.get("conectado") else "SIN CONEXIÓN",
        f"visto hace {edad} s",
    ]
    if isinstance(contrato, dict):
        partes.append(f"abierto {contrato.get('activo')} {contrato.get('direccion')} de {contrato.get('monto')}")
    return f"{latido.bot}: {', '.join(partes)}."
