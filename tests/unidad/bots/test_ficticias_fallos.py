"""Las entradas ficticias cuando falla la base: son para aprender, y lo que les pase no toca al dinero."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import msgspec
import pytest

from bots.deriv.ficticias import Ficticias
from core import estado_bot
from core.estado_bot import Ciclo
from core.services import Ficha
from dominio.eventos import ConexionLista, PosicionCerrada
from dominio.posiciones import Liquidacion, Resultado
from dominio.reloj import RelojManual
from historial.services.ficticias import abandonar_ficticias, abrir_ficticia, anotar_hueco
from simulacion.bucles import correr
from tests.integracion.historial.fabrica import intencion
from tests.unidad.bots.test_bucle_dinero import (
    AHORA,
    ContableDeGuion,
    DecisorDeGuion,
    ReconciliadorDeGuion,
    SinFicticias,
    _bucle,
)

pytestmark = pytest.mark.rapido
DIA = timedelta(hours=24)


def _pausado():
    estado, _ = estado_bot.activar(Decimal(1000), AHORA)
    return msgspec.structs.replace(estado, ciclo=Ciclo.PAUSADO, pausado_en=AHORA, reanuda_en=AHORA + DIA)


class FicticiasRotas(SinFicticias):
    def __init__(self):
        self.intentos = 0

    async def atender(self, estado, *, abrir):
        self.intentos += 1
        raise RuntimeError("la base no contesta")


def test_un_fallo_al_atenderlas_no_tumba_el_bucle_ni_para_la_reconciliacion():
    """Un contrato adoptado tarde se puede liquidar durante la pausa: eso no depende de las ficticias."""

    async def prueba():
        contable, reconciliador, ficticias = ContableDeGuion(), ReconciliadorDeGuion(), FicticiasRotas()
        contable.estado = _pausado()
        bucle = _bucle(contable=contable, reconciliador=reconciliador, ficticias=ficticias)
        bucle.publicar(ConexionLista(reconexion=False, hora=AHORA))
        trabajo = asyncio.create_task(bucle.correr())
        await asyncio.sleep(1)
        cerrada = Liquidacion(
            referencia="7", resultado=Resultado.GANADA, beneficio=Decimal(1), cobrado=Decimal(2), hora=AHORA
        )
        bucle.publicar(PosicionCerrada(liquidacion=cerrada))
        await asyncio.sleep(130)
        bucle.terminar()
        await trabajo
        return contable.asentadas, len(reconciliador.pasadas), ficticias.intentos

    asentadas, pasadas, intentos = correr(prueba())
    assert asentadas == ["7"]
    assert pasadas >= 3
    assert 2 <= intentos <= 30  # insiste, y no a cada tick


class EjecutorAveriado:
    """Apunta lo que se le pide y falla, la primera vez, en lo que se le dice."""

    def __init__(self, falla):
        self.falla = falla
        self.pedido = []

    async def __call__(self, funcion, *args, **kwargs):
        self.pedido.append(funcion)
        if funcion is self.falla:
            self.falla = None
            raise RuntimeError("la base se cayó al confirmar")


def _ficticias(ejecutor, reloj):
    decisor = DecisorDeGuion()

    async def proponer(_estado):
        return intencion(reloj, "C1")

    decisor.proponer = proponer
    return Ficticias(ficha=Ficha("uno", "deriv", "C1"), decisor=decisor, ejecutor=ejecutor, reloj=reloj)


def test_la_que_no_se_sabe_si_se_guardo_se_da_por_perdida():
    """Pudo confirmarse: si nadie la cancela, queda «abierta» en el historial lo que dure el proceso."""

    async def prueba():
        ejecutor = EjecutorAveriado(abrir_ficticia)
        ficticias = _ficticias(ejecutor, RelojManual())
        with pytest.raises(RuntimeError):
            await ficticias.atender(_pausado(), abrir=True)
        ejecutor.pedido.clear()
        assert ficticias.pendientes
        await ficticias.atender(_pausado(), abrir=False)
        return ejecutor.pedido

    assert asyncio.run(prueba()) == [abandonar_ficticias]


def test_el_hueco_que_no_se_pudo_anotar_se_anota_despues():
    async def prueba():
        reloj = RelojManual()
        ejecutor = EjecutorAveriado(anotar_hueco)
        ficticias = _ficticias(ejecutor, reloj)
        await ficticias.atender(_pausado(), abrir=False)
        ficticias.perder_de_vista(reloj.ahora())
        reloj.avanzar(60)
        with pytest.raises(RuntimeError):
            await ficticias.atender(_pausado(), abrir=False)
        await ficticias.atender(_pausado(), abrir=False)
        return ejecutor.pedido.count(anotar_hueco)

    assert asyncio.run(prueba()) == 2
