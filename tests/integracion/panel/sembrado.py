"""Un bot de mentira con historia: estado, operaciones, balances, velas, latido, pausas y entradas ficticias."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import msgspec

from core.balance import LibroBalance
from core.estado_bot import Ciclo, Contadores, EstadoBot
from core.meta_dinamica import ReglaDinamica, Suceso, Tanda, asentar, nueva_tanda
from core.models import EstadoGuardado, Pausa
from historial.models import Latido, Operacion, PuntoBalance, Vela
from historial.services.acumulados import acumular

AHORA = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
BOT, SEDE, CUENTA = "deriv_dinamico", "deriv", "VRTC0000001"
DE_QUIEN: dict[str, Any] = {"bot": BOT, "sede": SEDE, "cuenta": CUENTA}


def operar(
    cuantas: int, *, ahora: datetime = AHORA, entorno: str = "simulado", semilla: int = 7, contrato: str = "9"
) -> Decimal:
    """Guarda operaciones reales cerradas, una por minuto hasta ``ahora``, con su balance. Devuelve el balance final."""
    azar, balance = random.Random(semilla), Decimal("10000.00")
    PuntoBalance.objects.create(
        **DE_QUIEN, balance=balance, moneda="USD", origen="sede", en=ahora - timedelta(minutes=cuantas + 2)
    )
    for i in range(cuantas):
        inicio = ahora - timedelta(minutes=cuantas - i + 1)
        fila = _cerrada(azar, balance, inicio, entorno, f"{contrato}{i:04d}")
        balance += fila.beneficio or 0
        PuntoBalance.objects.create(**DE_QUIEN, balance=balance, moneda="USD", origen="liquidacion", en=fila.hora_fin)
    return balance


def _precio_en(momento: datetime) -> Decimal:
    """Devuelve el cierre de la vela de ese minuto, o mil si no hay velas."""
    vela = Vela.objects.filter(simbolo="R_100", inicio=momento.replace(second=0, microsecond=0)).first()
    return Decimal(f"{vela.cierre:.2f}") if vela else Decimal("1000.00")


def _cerrada(
    azar: random.Random, balance: Decimal, inicio: datetime, entorno: str, contrato: str, origen: str = "orden"
) -> Operacion:
    monto = (balance * Decimal("0.005")).quantize(Decimal("0.01"))
    pago = (monto * Decimal("1.95")).quantize(Decimal("0.01"))
    ganada, entrada = azar.random() < 0.52, _precio_en(inicio)
    direccion = azar.choice(["CALL", "PUT"])
    sube = (direccion == "CALL") == ganada
    fila = Operacion.objects.create(
        **DE_QUIEN,
        tipo_orden="market",
        activo="R_100",
        nombre_activo="Volatility 100 Index",
        direccion=direccion,
        precio_entrada=entrada,
        precio_salida=entrada + (Decimal("0.61") if sube else Decimal("-0.48")),
        estado="cerrada",
        beneficio=pago - monto if ganada else -monto,
        cobrado=pago if ganada else Decimal(0),
        hora_inicio=inicio,
        hora_fin=inicio + timedelta(seconds=10),
        liquidada_en=inicio + timedelta(seconds=10),
        entorno=entorno,
        ficticia=origen != "orden",
        origen=origen,
        monto=monto,
        moneda="USD",
        pago=pago,
        confianza_pct=round(49.2 + azar.random() * 1.4, 2),
        resultado="ganada" if ganada else "perdida",
        numero_contrato=contrato,
    )
    acumular(fila)
    return fila


def fingir(desde: datetime, horas: int, por_hora: int, *, origen: str = "pausa", semilla: int = 3) -> None:
    """Guarda entradas ficticias cerradas, ``por_hora`` en cada hora desde ``desde``."""
    azar = random.Random(semilla)
    for i in range(horas * por_hora):
        inicio = desde + timedelta(seconds=i * 3600 / por_hora)
        _cerrada(azar, Decimal(10000), inicio, "simulado", f"{origen}-{i}", origen)


def guardar_estado(balance: Decimal, ciclo: str = "OPERANDO", *, ahora: datetime = AHORA, **cambios: Any) -> EstadoBot:
    """Guarda el estado del bot: tanda desde 10.000 y el ciclo pedido. ``cambios``: campos de ``EstadoBot``."""
    tanda = _tanda(balance)
    estado = EstadoBot(
        ciclo=Ciclo(ciclo),
        desde=cambios.pop("desde", ahora - timedelta(hours=2)),
        tanda=tanda,
        libro=LibroBalance(inicial=Decimal(10000), asentado=balance, beneficio=balance - 10000),
        contadores=Contadores(),
        **cambios,
    )
    EstadoGuardado.objects.update_or_create(
        **DE_QUIEN,
        defaults={"ciclo": ciclo, "estado": msgspec.json.encode(estado).decode(), "actualizado_en": ahora},
    )
    return estado


def _tanda(balance: Decimal) -> Tanda:
    """Devuelve la tanda que dejan los balances anotados; sin ninguno, una nueva."""
    regla, tanda = ReglaDinamica(), nueva_tanda(1, Decimal(10000))
    for punto in PuntoBalance.objects.filter(origen="liquidacion").order_by("en").values_list("balance", flat=True):
        previa = tanda
        tanda, suceso = asentar(previa, punto, regla)
        if suceso is Suceso.STOP:
            tanda = nueva_tanda(previa.numero + 1, punto)
    return tanda if tanda.balance == balance else nueva_tanda(1, balance)


def pausar(horas_atras: float = 5, *, ahora: datetime = AHORA) -> Pausa:
    """Deja al bot en pausa desde hace ``horas_atras`` horas y devuelve la fila de la pausa."""
    desde = ahora - timedelta(hours=horas_atras)
    fin = desde + timedelta(hours=24)
    guardar_estado(Decimal("9850.75"), "PAUSADO", ahora=ahora, desde=desde, pausado_en=desde, reanuda_en=fin)
    return Pausa.objects.create(
        **DE_QUIEN, tanda=1, pausado_en=desde, reanuda_en=fin, motivo="perdió 149,25 desde el pico de 10000"
    )


def latir(*, ahora: datetime = AHORA, contrato: bool = True) -> Latido:
    """Guarda un latido recién hecho, con un contrato CALL abierto que va ganando o sin contrato."""
    entrada = _precio_en(ahora - timedelta(minutes=1))
    abierto = {
        "referencia": "99001",
        "activo": "R_100",
        "nombre_activo": "Volatility 100 Index",
        "direccion": "CALL",
        "monto": "50.12",
        "pago": "97.73",
        "precio_entrada": str(entrada),
        "precio_actual": str(entrada + Decimal("0.49")),
        "ticks": 3,
        "duracion": 5,
        "unidad": "t",
        "desde": (ahora - timedelta(seconds=6)).isoformat(),
        "vence_en": (ahora + timedelta(seconds=4)).isoformat(),
    }
    datos = {
        "ciclo": "OPERANDO",
        "conectado": True,
        "listo": True,
        "motivo": None,
        "reconciliado_hace_s": 12.0,
        "contrato": abierto if contrato else None,
        "precios": {"R_100": {"precio": str(entrada + Decimal("0.49")), "epoch_ms": int(ahora.timestamp() * 1000)}},
        "candidatos": [
            {"simbolo": "R_100", "confianza_pct": 49.94, "esperado": -0.0262, "codigo": "candidata"},
            {"simbolo": "1HZ50V", "confianza_pct": 49.71, "esperado": -0.0307, "codigo": "candidata"},
            {"simbolo": "R_25", "confianza_pct": None, "esperado": None, "codigo": "sin_senal"},
        ],
        "ficticias": None,
        "version": "0.1.0",
    }
    return Latido.objects.update_or_create(**DE_QUIEN, defaults={"en": ahora, "datos": datos, "proceso": "1"})[0]


def velas(cuantas: int = 180, *, ahora: datetime = AHORA, simbolo: str = "R_100", semilla: int = 5) -> None:
    """Guarda velas de un minuto seguidas hasta ``ahora``."""
    azar, precio = random.Random(semilla), 1008.0
    filas = []
    for i in range(cuantas):
        apertura, precio = precio, precio + azar.gauss(0, 1.1)
        extremos = sorted([apertura, precio])
        filas.append(
            Vela(
                sede=SEDE,
                simbolo=simbolo,
                inicio=(ahora - timedelta(minutes=cuantas - 1 - i)).replace(second=0, microsecond=0),
                apertura=round(apertura, 2),
                maximo=round(extremos[1] + abs(azar.gauss(0, 0.5)), 2),
                minimo=round(extremos[0] - abs(azar.gauss(0, 0.5)), 2),
                cierre=round(precio, 2),
                ticks=60,
            )
        )
    Vela.objects.bulk_create(filas)
