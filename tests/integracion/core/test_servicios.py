"""El estado del bot en la base: cada cambio con su historial, una sola vez, y la pausa de principio a fin."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core import services
from core.estado_bot import Ciclo
from core.meta_dinamica import ReglaDinamica
from core.models import EstadoGuardado, Pausa
from core.selectors import pausa_en_curso, ultimo_estado
from core.services import Ficha, HoraDeEntrada
from dominio.errores import ErrorDetener
from dominio.ordenes import EstadoOrden, ResultadoEnvio
from dominio.posiciones import Movimiento
from dominio.reloj import RelojManual
from historial.models import Operacion
from tests.integracion.historial.fabrica import (
    aceptada,
    con_mando,
    correr,
    cuenta_nueva,
    diario_de,
    intencion,
    liquidacion,
)

pytestmark = [pytest.mark.bd, pytest.mark.django_db(transaction=True)]
REGLA = ReglaDinamica()
PAUSA = timedelta(hours=24)


@pytest.fixture
def reloj():
    return RelojManual()


@pytest.fixture
def ficha():
    return Ficha("deriv_dinamico", "deriv", cuenta_nueva())


def _operar(ficha: Ficha, reloj: RelojManual, referencia: str, beneficio: str):
    """Abre una operación por el camino de verdad y devuelve su liquidación."""
    diario, arriendo = diario_de(reloj), con_mando(reloj, ficha.cuenta)
    pedida = intencion(reloj, ficha.cuenta, bot=ficha.bot)
    correr(diario.registrar_intencion(pedida))
    assert correr(diario.marcar_enviando(pedida.id_cliente, arriendo.ficha))
    correr(diario.registrar_resultado(pedida.id_cliente, aceptada(reloj, referencia)))
    services.asentar_compra(ficha, referencia, Decimal("10.00"), reloj.ahora())
    reloj.avanzar(6)
    return liquidacion(reloj, referencia, beneficio)


def test_activar_dos_veces_conserva_el_primer_estado(ficha, reloj):
    primero = services.activar_bot(ficha, Decimal(1000), reloj.ahora())
    segundo = services.activar_bot(ficha, Decimal(5), reloj.ahora())
    assert segundo == primero
    assert EstadoGuardado.objects.filter(**ficha.clave).count() == 1


def test_una_liquidacion_repetida_se_asienta_una_vez(ficha, reloj):
    services.activar_bot(ficha, Decimal(1000), reloj.ahora())
    final = _operar(ficha, reloj, "777001", "9.53")
    uno = services.asentar_liquidacion(ficha, final, REGLA, PAUSA, reloj.ahora())
    dos = services.asentar_liquidacion(ficha, final, REGLA, PAUSA, reloj.ahora())
    assert dos == uno
    assert uno.libro.asentado == Decimal("1009.53")
    assert uno.libro.abiertos == {}
    assert uno.contadores.ganadas_call == 1
    assert Operacion.objects.get(numero_contrato="777001").resultado == "ganada"


def test_si_el_estado_no_se_puede_guardar_la_operacion_tampoco_se_cierra(ficha, reloj, monkeypatch):
    services.activar_bot(ficha, Decimal(1000), reloj.ahora())
    final = _operar(ficha, reloj, "777002", "-10.00")

    def romper(*_args, **_opciones):
        raise RuntimeError("sin disco")

    monkeypatch.setattr(services, "publicar_evento", romper)
    monkeypatch.setattr(services, "anotar_balance", romper)
    with pytest.raises(RuntimeError):
        services.asentar_liquidacion(ficha, final, REGLA, PAUSA, reloj.ahora())
    assert Operacion.objects.get(numero_contrato="777002").estado == "abierta"
    assert services.estado_de(ficha).libro.asentado == Decimal(1000)


def test_la_pausa_se_guarda_con_la_hora_de_la_sede_y_acaba_en_una_tanda_nueva(ficha, reloj):
    services.activar_bot(ficha, Decimal(1000), reloj.ahora())
    final = _operar(ficha, reloj, "777003", "-10.00")
    reloj.avanzar(40)  # la noticia llega tarde: la pausa cuenta desde la sede
    pausado = services.asentar_liquidacion(ficha, final, REGLA, PAUSA, reloj.ahora())
    assert (pausado.ciclo, pausado.pausado_en, pausado.reanuda_en) == (Ciclo.PAUSADO, final.hora, final.hora + PAUSA)
    assert pausa_en_curso(**ficha.clave).reanuda_en == final.hora + PAUSA
    casi = final.hora + PAUSA - timedelta(seconds=1)
    assert services.terminar_pausa(ficha, casi, HoraDeEntrada(hora=9, entra_en=casi)).ciclo is Ciclo.PAUSADO
    llega = final.hora + PAUSA
    espera = services.terminar_pausa(ficha, llega, HoraDeEntrada(hora=9, entra_en=llega + timedelta(hours=2)))
    assert (espera.ciclo, pausa_en_curso(**ficha.clave).hora_elegida) == (Ciclo.ESPERANDO_HORARIO, 9)
    assert services.reactivar_bot(ficha, llega).ciclo is Ciclo.ESPERANDO_HORARIO
    activo = services.reactivar_bot(ficha, llega + timedelta(hours=2))
    assert (activo.ciclo, activo.tanda.numero, activo.tanda.base) == (Ciclo.OPERANDO, 2, Decimal(990))
    assert Pausa.objects.get(**ficha.clave).reactivado_en is not None
    assert pausa_en_curso(**ficha.clave) is None


def test_un_movimiento_ajeno_se_asienta_una_vez_y_no_cuenta_operaciones(ficha, reloj):
    services.activar_bot(ficha, Decimal(1000), reloj.ahora())
    ingreso = Movimiento(
        transaccion="555", accion="deposit", importe=Decimal(250), balance_despues=Decimal(1250), hora=reloj.ahora()
    )
    estado = services.asentar_ajeno(ficha, ingreso, reloj.ahora())
    assert (estado.libro.ajenos, estado.tanda.factor) == (Decimal(250), Decimal("1.25"))
    assert estado.tanda.operaciones == 0
    assert services.asentar_ajeno(ficha, ingreso, reloj.ahora()) is None
    assert services.estado_de(ficha) == estado


def test_un_estado_guardado_que_no_se_entiende_detiene(ficha, reloj):
    services.activar_bot(ficha, Decimal(1000), reloj.ahora())
    EstadoGuardado.objects.filter(**ficha.clave).update(estado='{"ciclo": "INVENTADO"}')
    with pytest.raises(ErrorDetener) as fallo:
        ultimo_estado(ficha.bot)
    assert fallo.value.codigo == "EST-01"


def test_una_orden_rechazada_no_abre_operacion_ni_mueve_el_estado(ficha, reloj):
    antes = services.activar_bot(ficha, Decimal(1000), reloj.ahora())
    diario, arriendo = diario_de(reloj), con_mando(reloj, ficha.cuenta)
    pedida = intencion(reloj, ficha.cuenta, bot=ficha.bot)
    correr(diario.registrar_intencion(pedida))
    assert correr(diario.marcar_enviando(pedida.id_cliente, arriendo.ficha))
    rechazo = ResultadoEnvio(estado=EstadoOrden.RECHAZADA, codigo="MarketIsClosed")
    correr(diario.registrar_resultado(pedida.id_cliente, rechazo))
    assert not Operacion.objects.filter(id_cliente=pedida.id_cliente).exists()
    assert services.estado_de(ficha) == antes
