"""Lo que queda en duda: quién puede sacarlo de ahí y qué reserva mientras tanto."""

import pytest

from dominio.instrumentos import Sede
from dominio.ordenes import EstadoOrden, ResultadoEnvio
from dominio.reloj import RelojManual
from historial.models import Orden
from historial.selectors.ordenes import riesgo_reservado
from historial.services.ordenes import resolver_orden
from tests.integracion.historial.fabrica import con_mando, correr, cuenta_nueva, diario_de, intencion

pytestmark = [pytest.mark.bd, pytest.mark.django_db(transaction=True)]
E = EstadoOrden


@pytest.fixture
def reloj() -> RelojManual:
    return RelojManual()


def _desconocida(reloj: RelojManual, cuenta: str) -> str:
    diario, arriendo = diario_de(reloj), con_mando(reloj, cuenta)
    pedida = intencion(reloj, cuenta)
    assert correr(diario.preparar_envio(pedida, arriendo.ficha))
    correr(diario.registrar_resultado(pedida.id_cliente, ResultadoEnvio(estado=E.DESCONOCIDA)))
    return pedida.id_cliente


def test_lo_que_una_persona_da_por_no_colocado_no_se_vuelve_a_buscar(reloj: RelojManual) -> None:
    """El contrato gemelo que vio y descartó sigue en la sede: buscar otra vez se lo haría nuestro, o lo preguntaría."""
    cuenta = cuenta_nueva()
    id_cliente = _desconocida(reloj, cuenta)
    correr(diario_de(reloj).marcar(id_cliente, E.REVISION, "dos parecidas"))
    resolver_orden(id_cliente, actor="ana", ahora=reloj.ahora(), no_colocada=True)
    assert correr(diario_de(reloj).vivas(Sede.DERIV, cuenta)) == ()


def test_una_llegada_tardia_ambigua_vuelve_a_reservar_y_la_resuelve_una_persona(reloj: RelojManual) -> None:
    cuenta = cuenta_nueva()
    id_cliente = _desconocida(reloj, cuenta)
    diario = diario_de(reloj)
    correr(diario.marcar(id_cliente, E.NO_COLOCADA, "no está"))
    assert riesgo_reservado("deriv", cuenta) == 0
    correr(diario.marcar(id_cliente, E.REVISION, "dos parecidas"))
    assert riesgo_reservado("deriv", cuenta) == 10
    resolver_orden(id_cliente, actor="ana", ahora=reloj.ahora(), no_colocada=True)
    assert riesgo_reservado("deriv", cuenta) == 0
    assert Orden.objects.get(id_cliente=id_cliente).estado == E.NO_COLOCADA
