"""El relleno se puede cortar y repetir: lo guardado no se pierde, no se repite y no se solapa."""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from dominio.dinero import CERO
from dominio.errores import ErrorDenegado, ErrorReintentable, ErrorServicio
from dominio.instrumentos import Instrumento, Sede
from dominio.puertos import Cotizacion, PlanContrato
from dominio.reloj import RelojManual, a_epoch_ms, de_epoch
from dominio.velas import Tick
from historial.ejecutores import EnLinea
from historial.models import AcumuladoCuarto, Operacion
from simulacion.mercado_sintetico import MercadoSintetico
from simulacion.models import TramoRelleno
from simulacion.relleno import ReglaRelleno
from simulacion.relleno_sede import Rellenador, ResumenRelleno
from simulacion.services import DeQuien, guardar_relleno
from trading.motor_senales.motor import MotorSenales
from trading.motor_senales.parametros import ParametrosSenales

pytestmark = pytest.mark.django_db

AHORA_S = 1_780_000_000
ACTIVOS = ("R_50", "1HZ10V")
DIAS, TOTAL_S = 0.02, 1728
QUIEN = {"bot": "deriv_dinamico", "sede": "deriv", "cuenta": "DOT90000001"}


@pytest.fixture(autouse=True)
def _ratos_cortos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulacion.relleno_sede.RATO_S", 600)


class Historia:
    """La historia de una sede; se corta tras ``lecturas`` lecturas de ticks y cuenta las que atiende."""

    def __init__(self, lecturas: int = 10**9, cadencia_ms: int | None = None) -> None:
        self.mercado = MercadoSintetico(5, AHORA_S)
        self.quedan = lecturas
        self.leidas = 0
        self._cadencia_ms = cadencia_ms

    async def instrumentos(self) -> tuple[Instrumento, ...]:
        return tuple(
            Instrumento(
                sede=Sede.DERIV,
                simbolo=simbolo,
                nombre=f"Índice {simbolo}",
                decimales=4,
                paso_precio=Decimal("0.0001"),
                abierto=True,
                intervalo_ms=self._cadencia_ms or self.mercado.indices[simbolo].intervalo_s * 1000,
            )
            for simbolo in ACTIVOS
        )

    async def ticks_pasados(self, simbolo: str, cuantos: int, hasta_s: int | None = None) -> tuple[Tick, ...]:
        if self.quedan == 0:
            raise ErrorReintentable("DER-201", "La sede no contesta.", "Se leerá otra vez.")
        self.quedan -= 1
        self.leidas += 1
        hasta = AHORA_S if hasta_s is None else hasta_s
        horas, precios = self.mercado.tramo(simbolo, hasta - 2 * cuantos - 5, hasta)
        todos = [Tick(simbolo, int(h) * 1000, float(p)) for h, p in zip(horas, precios, strict=True)]
        return tuple(todos[-cuantos:])


async def cotizar(plan: PlanContrato) -> Cotizacion:
    return Cotizacion(
        id="1", plan=plan, precio=plan.monto, pago=Decimal("19.53"), hora=de_epoch(AHORA_S), precio_activo=1.0
    )


async def sin_insistir(leer: Callable[[], Awaitable[Any]]) -> Any:
    return await leer()


def rellenar(historia: Historia, dias: float = DIAS, ahora_s: int = AHORA_S, **cambios: Any) -> ResumenRelleno:
    parametros = ParametrosSenales(peso_velas=0.0, exigir_ventaja=False)
    opciones: dict[str, Any] = {
        "lector": historia,
        "cotizar": cotizar,
        "motor_nuevo": lambda: MotorSenales(parametros, ACTIVOS, "deriv_dinamico"),
        "regla": ReglaRelleno(duracion=5, unidad="t"),
        "quien": DeQuien(**QUIEN, entorno="simulado", moneda="USD", nombres={}),
        "calentamiento": 200,
        "ejecutor": EnLinea(),
        "reloj": RelojManual(ahora_s * 1000),
        "insistir": sin_insistir,
    }
    return asyncio.run(Rellenador(**opciones | cambios).rellenar(dias))


def guardadas() -> list[Operacion]:
    return list(Operacion.objects.filter(**QUIEN).order_by("hora_inicio"))


def cubierto() -> int:
    return sum(
        (a_epoch_ms(tramo.hasta) - a_epoch_ms(tramo.desde)) // 1000 for tramo in TramoRelleno.objects.filter(**QUIEN)
    )


def exigir_sanas(filas: list[Operacion]) -> None:
    """Una cada vez, con números distintos, y las cuentas por cuartos de hora suman lo mismo que las filas."""
    assert all(a.liquidada_en <= b.hora_inicio for a, b in pairwise(filas))  # type: ignore[operator]
    assert len({fila.numero_contrato for fila in filas}) == len(filas)
    cuartos = AcumuladoCuarto.objects.filter(**QUIEN, origen="historia")
    assert sum(cuarto.ganadas + cuarto.perdidas for cuarto in cuartos) == len(filas)
    assert sum((cuarto.beneficio for cuarto in cuartos), CERO) == sum((fila.beneficio or CERO for fila in filas), CERO)


def test_todo_queda_marcado_como_historia_y_nada_como_orden() -> None:
    avances: list[tuple[int, int]] = []
    resumen = rellenar(Historia(), al_avanzar=lambda *avance: avances.append(avance))
    filas = guardadas()
    assert resumen.entradas == len(filas) > 50
    exigir_sanas(filas)
    assert {(fila.ficticia, fila.origen, fila.estado, fila.orden_id, fila.id_cliente) for fila in filas} == {
        (True, "historia", "cerrada", None, None)
    }
    assert all(str(fila.numero_contrato).startswith("H-deriv_dinamico-") for fila in filas)
    assert {fila.nombre_activo for fila in filas} == {"Índice R_50", "Índice 1HZ10V"}
    assert avances[-1] == (TOTAL_S, TOTAL_S)


def test_repetir_no_lee_ni_guarda_nada_mas() -> None:
    rellenar(Historia())
    antes = guardadas()
    otra = Historia()
    resumen = rellenar(otra)
    assert resumen.entradas <= 1  # la que quedó abierta al final se retoma
    assert resumen.ya_hechos_s >= TOTAL_S - 60
    assert otra.leidas <= 4
    assert guardadas()[: len(antes)] == antes


@pytest.mark.parametrize("lecturas", [3, 5, 6])
def test_cortado_y_repetido_cubre_lo_mismo_sin_repetir(lecturas: int) -> None:
    with pytest.raises(ErrorReintentable):
        rellenar(Historia(lecturas))
    a_medias = guardadas()
    rellenar(Historia())
    filas = guardadas()
    assert filas[: len(a_medias)] == a_medias
    assert len(filas) > len(a_medias)
    exigir_sanas(filas)
    assert TOTAL_S - 60 <= cubierto() <= TOTAL_S


def test_pedir_mas_dias_y_volver_manana_solo_anade_lo_que_falta() -> None:
    rellenar(Historia(), dias=0.005)
    primeras = {fila.numero_contrato for fila in guardadas()}
    rellenar(Historia(), dias=0.01)
    rellenar(Historia(), dias=0.01, ahora_s=AHORA_S + 300)
    filas = guardadas()
    assert primeras < {fila.numero_contrato for fila in filas}
    assert len(filas) > 2 * len(primeras)
    exigir_sanas(filas)
    assert cubierto() >= 864 + 300 - 120


def test_una_cadencia_mal_anunciada_no_deja_ticks_sin_leer() -> None:
    bien = rellenar(Historia())
    esperadas = [fila.numero_contrato for fila in guardadas()]
    Operacion.objects.all().delete()
    TramoRelleno.objects.all().delete()
    mal = rellenar(Historia(cadencia_ms=60_000), calentamiento=2000)
    assert mal.ticks == bien.ticks
    assert len(esperadas) > 50


def test_dos_a_la_vez_no_se_pisan() -> None:
    rellenar(Historia(), dias=0.005)
    tramo = TramoRelleno.objects.get(**QUIEN)
    datos: dict[str, Any] = {"hasta": tramo.hasta, "aprendido": "", "ahora": tramo.hasta}
    quien = DeQuien(**QUIEN, entorno="simulado", moneda="USD", nombres={})
    assert guardar_relleno(quien, tramo.pk, [], desde=tramo.hasta, **datos) == 0
    assert guardar_relleno(quien, tramo.pk, [], desde=tramo.desde, **datos) is None

    class Otro(Historia):
        async def ticks_pasados(self, simbolo: str, cuantos: int, hasta_s: int | None = None) -> tuple[Tick, ...]:
            await EnLinea()(TramoRelleno.objects.update, hasta=de_epoch(AHORA_S + 1))
            return await super().ticks_pasados(simbolo, cuantos, hasta_s)

    with pytest.raises(ErrorServicio) as fallo:
        rellenar(Otro(), dias=0.01)
    assert fallo.value.codigo == "SIM-08"


def test_lo_que_la_sede_no_cotiza_queda_fuera_y_se_dice() -> None:
    async def solo_uno(plan: PlanContrato) -> Cotizacion:
        if plan.simbolo == "R_50":
            raise ErrorDenegado("DER-301", "Cerrado.")
        return await cotizar(plan)

    resumen = rellenar(Historia(), dias=0.005, cotizar=solo_uno)
    assert resumen.sin_cotizar == ("R_50",)
    assert {fila.activo for fila in guardadas()} == {"1HZ10V"}

    async def ninguno(plan: PlanContrato) -> Cotizacion:
        raise ErrorDenegado("DER-301", "Cerrado.")

    with pytest.raises(ErrorServicio) as fallo:
        rellenar(Historia(), cotizar=ninguno)
    assert fallo.value.codigo == "SIM-07"


def test_la_misma_entrada_no_se_guarda_dos_veces_aunque_se_pierda_por_donde_se_iba() -> None:
    rellenar(Historia(), dias=0.005)
    antes = guardadas()
    TramoRelleno.objects.all().delete()
    assert rellenar(Historia(), dias=0.005).entradas == 0
    assert guardadas() == antes
    exigir_sanas(antes)
