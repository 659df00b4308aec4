"""Una orden no colocada se vigila; cuando ya no puede aparecer deja de buscarse, también tras un reinicio."""

import pytest

from dominio.instrumentos import Sede
from dominio.ordenes import EstadoOrden, ResultadoEnvio
from dominio.reloj import RelojManual
from tests.integracion.historial.fabrica import aceptacion, con_mando, correr, cuenta_nueva, diario_de, intencion

pytestmark = pytest.mark.django_db


def test_la_que_ya_no_puede_aparecer_sale_de_las_vigiladas_y_las_demas_siguen(reloj: RelojManual) -> None:
    cuenta, diario = cuenta_nueva(), diario_de(reloj)
    arriendo = con_mando(reloj, cuenta)
    ordenes = []
    for _ in range(2):
        orden = intencion(reloj, cuenta)
        correr(diario.registrar_intencion(orden))
        assert correr(diario.marcar_enviando(orden.id_cliente, arriendo.ficha))
        correr(diario.registrar_resultado(orden.id_cliente, ResultadoEnvio(estado=EstadoOrden.DESCONOCIDA)))
        correr(diario.marcar(orden.id_cliente, EstadoOrden.NO_COLOCADA, "no está"))
        ordenes.append(orden.id_cliente)
    correr(diario.dejar_de_vigilar(ordenes[0]))
    otro_proceso = diario_de(reloj)
    vivas = correr(otro_proceso.vivas(Sede.DERIV, cuenta))
    assert [viva.intencion.id_cliente for viva in vivas] == [ordenes[1]]


def test_una_adoptada_no_deja_de_estar_viva(reloj: RelojManual) -> None:
    cuenta, diario = cuenta_nueva(), diario_de(reloj)
    arriendo = con_mando(reloj, cuenta)
    orden = intencion(reloj, cuenta)
    correr(diario.registrar_intencion(orden))
    assert correr(diario.marcar_enviando(orden.id_cliente, arriendo.ficha))
    correr(diario.registrar_resultado(orden.id_cliente, ResultadoEnvio(estado=EstadoOrden.DESCONOCIDA)))
    correr(diario.adoptar(orden.id_cliente, aceptacion(reloj), "hallada"))
    correr(diario.dejar_de_vigilar(orden.id_cliente))
    assert len(correr(diario.vivas(Sede.DERIV, cuenta))) == 1
