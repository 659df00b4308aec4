"""Los datos de los dos gráficos de un bot: velas con entradas y salidas, y la curva del balance con stop y meta."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.models import Pausa
from dashboard.presentacion.curva import Curva, Punto, curva
from dashboard.selectors import comun
from historial.models import Latido, Operacion, PuntoBalance, Vela

VELAS = 360
MARCAS = 400
PUNTOS = 1000
_EPOCA = datetime(1970, 1, 1, tzinfo=UTC)


def precio(nombre: str, activo: str, datos: Path) -> dict[str, Any]:
    """Devuelve las velas de un activo y las operaciones reales que caen en ellas.

    ``activo`` vacío: el del contrato abierto o el de la última operación. ``velas``: [segundo, apertura, máximo,
    mínimo, cierre]. ``activos``: los que el bot tiene configurados o ha operado.

    Raises:
        ErrorUsuario: BOT-01 o BOT-03, como ``comun.elegir``.
    """
    fila, _ = comun.elegir(nombre, datos)
    config, _ = comun.configuracion_de(nombre, datos)
    propias = Operacion.objects.filter(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta, ficticia=False)
    configurados = list(config.activos) if config else []
    elegido = activo or _activo_actual(fila.bot, fila.sede, fila.cuenta) or (configurados[0] if configurados else "")
    ultimas = Vela.objects.filter(sede=fila.sede, simbolo=elegido).order_by("-inicio")
    velas = list(ultimas.values_list("inicio", "apertura", "maximo", "minimo", "cierre")[:VELAS])[::-1]
    desde = velas[0][0] if velas else None
    filas = propias.filter(activo=elegido, hora_inicio__gte=desde) if desde else propias.none()
    return {
        "activo": elegido,
        "activos": list(dict.fromkeys([*configurados, elegido])),
        "velas": [[int(vela[0].timestamp()), *vela[1:]] for vela in velas],
        "operaciones": [_marca(una) for una in filas.order_by("-hora_inicio")[:MARCAS]][::-1],
    }


def _activo_actual(bot: str, sede: str, cuenta: str) -> str:
    latido = Latido.objects.filter(bot=bot, sede=sede, cuenta=cuenta).values_list("datos", flat=True).first() or {}
    contrato = latido.get("contrato") or {}
    if contrato.get("activo"):
        return str(contrato["activo"])
    propias = Operacion.objects.filter(bot=bot, sede=sede, cuenta=cuenta, ficticia=False)
    return propias.order_by("-hora_inicio", "-pk").values_list("activo", flat=True).first() or ""


def _marca(una: Operacion) -> dict[str, Any]:
    return {
        "direccion": una.direccion,
        "resultado": una.resultado,
        "entrada_en": una.hora_inicio.timestamp(),
        "entrada": None if una.precio_entrada is None else float(una.precio_entrada),
        "salida_en": None if una.hora_fin is None else una.hora_fin.timestamp(),
        "salida": None if una.precio_salida is None else float(una.precio_salida),
        "beneficio": None if una.beneficio is None else float(una.beneficio),
        "moneda": una.moneda,
    }


def balance(nombre: str, datos: Path) -> dict[str, Any]:
    """Devuelve la curva del balance de la cuenta del bot, en columnas, con su moneda.

    Raises:
        ErrorUsuario: BOT-01 o BOT-03, como ``comun.elegir``.
    """
    fila, _ = comun.elegir(nombre, datos)
    config, _ = comun.configuracion_de(nombre, datos)
    anotados = PuntoBalance.objects.filter(sede=fila.sede, cuenta=fila.cuenta).order_by("-en", "-pk")
    filas = list(anotados.values_list("en", "balance", "origen", "moneda")[: PUNTOS + 1])[::-1]
    entera = len(filas) <= PUNTOS
    filas = filas[-PUNTOS:]
    puntos = [Punto(en, importe, origen == "ajeno") for en, importe, origen, _ in filas]
    pausas = Pausa.objects.filter(bot=fila.bot, sede=fila.sede, cuenta=fila.cuenta, reactivado_en__isnull=False)
    comienzos = pausas.filter(reactivado_en__gte=puntos[0].en if puntos else _EPOCA)
    trazada = curva(
        puntos,
        [momento for momento in comienzos.values_list("reactivado_en", flat=True) if momento],
        comun.regla_de(config),
        desde_el_principio=entera,
    )
    return {"moneda": filas[-1][3] if filas else "", **_columnas(trazada)}


def _columnas(trazada: Curva) -> dict[str, Any]:
    return {"en": trazada.en, "balance": trazada.balance, "stop": trazada.stop, "meta": trazada.meta}
