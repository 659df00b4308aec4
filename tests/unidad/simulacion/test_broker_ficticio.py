"""El broker ficticio: liquida con los ticks que tocan, rellena los huecos y no se inventa nada."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dominio.errores import ErrorDenegado, ErrorReintentable
from dominio.eventos import PosicionCerrada
from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import EstadoOrden, Intencion, TipoOrden, id_cliente
from dominio.posiciones import Resultado
from dominio.reloj import RelojManual
from dominio.senales import Direccion
from dominio.velas import Tick
from simulacion.broker_ficticio import HISTORIA, BrokerFicticio
from simulacion.determinista.pasarela import ejecutar

pytestmark = pytest.mark.rapido

SIMBOLO = "1HZ100V"


class _Vivo:
    capacidades: Any = None

    async def cotizar(self, plan: Any) -> Any:
        return plan

    async def enviar(self, *_: Any) -> Any:
        raise AssertionError("en papel no se envía nada a la sede")


class _Mercado:
    """La historia de la sede: los ticks que se le pongan, o el fallo que se le diga."""

    def __init__(self) -> None:
        self.ticks: list[Tick] = []
        self.fallo: Exception | None = None

    async def ticks_pasados(self, simbolo: str, cuantos: int) -> tuple[Tick, ...]:
        assert cuantos == HISTORIA
        if self.fallo is not None:
            raise self.fallo
        return tuple(tick for tick in self.ticks if tick.simbolo == simbolo)


class _Mesa:
    def __init__(self) -> None:
        self.reloj, self.mercado = RelojManual(), _Mercado()
        self.cerradas: list[PosicionCerrada] = []
        self.faltas = 0
        self.broker = BrokerFicticio(
            vivo=_Vivo(),  # type: ignore[arg-type]
            lector=None,  # type: ignore[arg-type]
            mercado=self.mercado,  # type: ignore[arg-type]
            reloj=self.reloj,
            publicar=self.cerradas.append,  # type: ignore[arg-type]
            cuenta="PAPEL-1",
            moneda="USD",
            balance=lambda: Decimal(1000),
            al_faltar=self._faltar,
        )
        self.inicio = self.reloj.epoch_ms() // 1000
        self.mercado.ticks.append(Tick(SIMBOLO, self.inicio * 1000, 99.0))

    def _faltar(self) -> None:
        self.faltas += 1

    def comprar(self, direccion: Direccion = Direccion.CALL, **cambios: Any) -> str:
        ahora = self.reloj.ahora()
        datos: dict[str, Any] = {
            "id_cliente": id_cliente("i", "PAPEL-1", f"s{ahora.timestamp()}"),
            "sede": Sede.DERIV,
            "cuenta": "PAPEL-1",
            "entorno": Entorno.PAPEL,
            "bot": "b",
            "clave_senal": "s",
            "simbolo": SIMBOLO,
            "direccion": direccion,
            "tipo": TipoOrden.CONTRATO,
            "monto": Decimal(10),
            "moneda": "USD",
            "riesgo": Decimal(10),
            "precio_max": Decimal(10),
            "pago": Decimal("19.5"),
            "duracion": 3,
            "unidad_duracion": "t",
            "creada_en": ahora,
            "vence_en": ahora + timedelta(seconds=4),
        }
        resultado = ejecutar(self.broker.enviar(Intencion(**datos | cambios), lambda: None))
        assert resultado.estado is EstadoOrden.ACEPTADA and resultado.aceptacion is not None
        return resultado.aceptacion.referencia

    def tick(self, segundo: int, precio: float, *, perdido: bool = False, simbolo: str = SIMBOLO) -> None:
        """Un tick de la sede a ``inicio + segundo``; ``perdido``, el bot no lo oye."""
        tick = Tick(simbolo, (self.inicio + segundo) * 1000, precio)
        self.mercado.ticks.append(tick)
        if not perdido:
            self.broker.procesar_tick(tick)


@pytest.mark.parametrize(
    ("direccion", "salida", "resultado"),
    [
        (Direccion.CALL, 101.0, Resultado.GANADA),
        (Direccion.CALL, 99.0, Resultado.PERDIDA),
        (Direccion.CALL, 100.0, Resultado.PERDIDA),
        (Direccion.PUT, 99.0, Resultado.GANADA),
        (Direccion.PUT, 100.0, Resultado.PERDIDA),
    ],
)
def test_liquida_del_primer_tick_posterior_al_enesimo_tras_el(
    direccion: Direccion, salida: float, resultado: Resultado
) -> None:
    mesa = _Mesa()
    referencia = mesa.comprar(direccion)
    mesa.tick(0, 500.0)  # de antes: no es la entrada
    for segundo, precio in enumerate((100.0, 120.0, 80.0), start=1):
        mesa.tick(segundo, precio)
    assert mesa.cerradas == []
    mesa.tick(4, salida)
    (cerrada,) = mesa.cerradas
    liquidacion = cerrada.liquidacion
    assert (liquidacion.referencia, liquidacion.resultado) == (referencia, resultado)
    assert liquidacion.cobrado == (Decimal("19.5") if resultado is Resultado.GANADA else 0)
    assert liquidacion.beneficio == liquidacion.cobrado - 10
    assert (liquidacion.precio_entrada, liquidacion.precio_salida) == (Decimal(100), Decimal(str(salida)))


@given(perdidos=st.sets(st.integers(1, 8)), corte=st.integers(0, 8))
def test_con_un_hueco_en_medio_acaba_igual_que_sin_el(perdidos: set[int], corte: int) -> None:
    precios = [100.0, 100.2, 99.7, 100.4, 100.1, 99.9, 100.6, 100.3]
    entera, con_hueco = _Mesa(), _Mesa()
    for mesa in (entera, con_hueco):
        mesa.comprar(duracion=6)
    for segundo, precio in enumerate(precios, start=1):
        entera.tick(segundo, precio)
        if segundo == corte:
            con_hueco.broker.perder_de_vista()
        con_hueco.tick(segundo, precio, perdido=corte > 0 and segundo >= corte and segundo in perdidos)
    ejecutar(con_hueco.broker.abiertas())
    assert con_hueco.cerradas == entera.cerradas
    assert len(entera.cerradas) == 1


def test_mientras_falten_ticks_los_vivos_no_cuentan_y_se_pide_rellenar() -> None:
    mesa = _Mesa()
    mesa.comprar()
    mesa.tick(1, 100.0)
    mesa.broker.perder_de_vista(SIMBOLO)
    for segundo in range(2, 9):
        mesa.tick(segundo, 101.0)
    assert mesa.cerradas == [] and mesa.faltas == 7
    mesa.tick(9, 50.0, simbolo="R_10")
    assert mesa.faltas == 7


def test_si_la_historia_no_contesta_se_sigue_esperando() -> None:
    mesa = _Mesa()
    referencia = mesa.comprar()
    mesa.broker.perder_de_vista()
    mesa.mercado.fallo = ErrorReintentable("X", "x")
    with pytest.raises(ErrorReintentable):
        ejecutar(mesa.broker.posicion(referencia))
    mesa.mercado.fallo = None
    for segundo in range(1, 5):
        mesa.tick(segundo, 100.0 + segundo, perdido=True)
    posicion = ejecutar(mesa.broker.posicion(referencia))
    assert posicion is not None and posicion.liquidacion is not None
    assert posicion.liquidacion.resultado is Resultado.GANADA


def test_si_la_historia_no_alcanza_queda_nula_y_se_devuelve_la_prima() -> None:
    mesa = _Mesa()
    mesa.comprar()
    mesa.tick(1, 100.0)
    mesa.broker.perder_de_vista()
    mesa.mercado.ticks = [Tick(SIMBOLO, (mesa.inicio + 500) * 1000, 101.0)]
    assert ejecutar(mesa.broker.abiertas()) == ()
    (cerrada,) = mesa.cerradas
    assert cerrada.liquidacion.resultado is Resultado.NULA
    assert (cerrada.liquidacion.beneficio, cerrada.liquidacion.cobrado) == (0, 10)


def test_uno_de_otra_vida_es_nulo() -> None:
    posicion = ejecutar(_Mesa().broker.posicion("papel-de-ayer"))
    assert posicion is not None and posicion.liquidacion is not None
    assert posicion.liquidacion.resultado is Resultado.NULA and posicion.liquidacion.beneficio == 0


def test_el_saldo_descuenta_lo_abierto() -> None:
    mesa = _Mesa()
    mesa.comprar()
    assert ejecutar(mesa.broker.saldo()).balance == 990
    for segundo in range(1, 5):
        mesa.tick(segundo, 100.0)
    assert ejecutar(mesa.broker.saldo()).balance == 1000


def test_sin_duracion_o_sin_pago_no_se_abre_nada() -> None:
    mesa = _Mesa()
    for falta in ("duracion", "pago", "unidad_duracion"):
        with pytest.raises(ErrorDenegado) as visto:
            mesa.comprar(**{falta: None})
        assert visto.value.codigo == "PAP-01"
