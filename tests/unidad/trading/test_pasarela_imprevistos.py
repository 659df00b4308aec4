"""La pasarela ante lo que nadie previó: la suerte es desconocida, y lo que pasó queda escrito con su rastro."""

import asyncio
import logging
from datetime import timedelta
from decimal import Decimal

import pytest

from dominio.freno import Freno
from dominio.instrumentos import Entorno, Sede
from dominio.ordenes import EstadoOrden, Intencion, TipoOrden
from dominio.reloj import RelojManual
from dominio.senales import Direccion
from simulacion.determinista.diario_memoria import DiarioMemoria
from trading.pasarela import Pasarela

pytestmark = pytest.mark.rapido


class RelojQueSeSuspende(RelojManual):
    """Al suspender el equipo, los segundos desde el arranque corren y el reloj monótono no."""

    dormido = 0.0

    def arranque(self):
        return super().arranque() + self.dormido


class Guion:
    """Broker, arriendo y freno de una sola orden."""

    ficha = 1

    def __init__(self, antes=lambda: None, fallo=None):
        self.antes, self.fallo, self.escritas = antes, fallo, 0

    def inmediato(self):
        return Freno.ACTIVO

    async def enviar(self, _intencion, comprobar):
        self.antes()
        comprobar()
        self.escritas += 1
        raise self.fallo


def _enviar(guion, reloj):
    diario = DiarioMemoria(reloj)
    ahora = reloj.ahora()
    intencion = Intencion(
        id_cliente="a" * 26, sede=Sede.DERIV, cuenta="VRTC1", entorno=Entorno.SIMULADO, bot="b", clave_senal="s",
        simbolo="R_50", direccion=Direccion.CALL, tipo=TipoOrden.CONTRATO, monto=Decimal(5), moneda="USD",
        riesgo=Decimal(5), creada_en=ahora, vence_en=ahora + timedelta(seconds=4),
    )  # fmt: skip
    pasarela = Pasarela(broker=guion, diario=diario, arriendo=guion, freno=guion, reloj=reloj)
    return asyncio.run(pasarela.enviar(intencion)), diario.filas[intencion.id_cliente].estado


def test_un_fallo_imprevisto_deja_la_orden_desconocida_y_su_rastro(caplog):
    guion = Guion(fallo=KeyError("fallo nuestro"))
    with caplog.at_level(logging.ERROR):
        resultado, guardado = _enviar(guion, RelojManual())
    assert (resultado.estado, guardado) == (EstadoOrden.DESCONOCIDA, EstadoOrden.DESCONOCIDA)
    assert [registro.exc_info[0] for registro in caplog.records] == [KeyError]


def test_lo_decidido_antes_de_suspender_el_equipo_no_sale_al_despertar():
    reloj = RelojQueSeSuspende()
    guion = Guion(antes=lambda: setattr(reloj, "dormido", 3600.0))
    resultado, guardado = _enviar(guion, reloj)
    assert (resultado.codigo, guardado, guion.escritas) == ("ORD-05", EstadoOrden.NO_ENVIADA, 0)
