"""Lo que se lee: estadísticas, freno vigente, configuración con historia, mando, extracto y eventos."""

from decimal import Decimal

import pytest

from dominio.errores import ErrorTransicion, ErrorUsuario
from dominio.freno import Freno
from dominio.posiciones import Movimiento
from dominio.reloj import RelojManual
from historial import selectors, services
from historial.models import EstadoFreno, Evento, FilaAuditoria, Operacion, PuntoBalance
from historial.selectors import Cursor, Filtro
from tests.integracion.historial.fabrica import leer_eventos
from tests.integracion.historial.test_csv import operacion

pytestmark = pytest.mark.django_db


def test_las_estadisticas_cuentan_por_direccion_y_las_nulas_no_deciden(reloj: RelojManual) -> None:
    filas = [("CALL", "ganada", "0.33")] * 3 + [("PUT", "ganada", "0.33")] * 2 + [("CALL", "perdida", "-0.35")] * 4
    filas += [("PUT", "perdida", "-0.35"), ("PUT", "nula", "0")]
    Operacion.objects.bulk_create(
        operacion(reloj, n, direccion=d, resultado=r, beneficio=Decimal(b)) for n, (d, r, b) in enumerate(filas)
    )
    Operacion.objects.bulk_create([operacion(reloj, 99, bot="otro", resultado="ganada", beneficio=Decimal(1))])
    cuentas = selectors.estadisticas(Filtro(bot="deriv_dinamico"))
    assert (cuentas.ganadas_call, cuentas.ganadas_put) == (3, 2)
    assert (cuentas.perdidas_call, cuentas.perdidas_put, cuentas.nulas) == (4, 1, 1)
    assert cuentas.acierto_pct == 50.0
    assert cuentas.acierto_bajo_pct == pytest.approx(23.66, abs=0.01)
    assert cuentas.acierto_alto_pct == pytest.approx(76.34, abs=0.01)
    assert cuentas.beneficio_total == Decimal("-0.10")


def test_sin_operaciones_el_acierto_no_se_inventa() -> None:
    cuentas = selectors.estadisticas(Filtro(bot="nadie"))
    assert (cuentas.acierto_pct, cuentas.acierto_bajo_pct, cuentas.beneficio_total) == (None, None, 0)


def test_las_recientes_vienen_de_la_mas_nueva_a_la_mas_vieja(reloj: RelojManual) -> None:
    Operacion.objects.bulk_create(operacion(reloj, n) for n in range(5))
    assert [o.numero_contrato for o in selectors.operaciones_recientes(Filtro(), 3)] == ["94", "93", "92"]


def test_manda_el_freno_mas_estricto_y_sin_fila_global_es_detenido(reloj: RelojManual) -> None:
    def vigente() -> Freno:
        return selectors.freno_vigente(bot="b", sede="deriv", cuenta="c")

    assert vigente() is Freno.ACTIVO
    assert services.fijar_freno("bot", "b", Freno.REDUCIENDO, "pausa", "ana", ahora=reloj.ahora())
    assert not services.fijar_freno("bot", "b", Freno.REDUCIENDO, "otra vez", "ana", ahora=reloj.ahora())
    assert vigente() is Freno.REDUCIENDO
    services.fijar_freno("cuenta", "deriv:c", Freno.DETENIDO, "alto", "ana", ahora=reloj.ahora())
    assert vigente() is Freno.DETENIDO
    assert selectors.freno_vigente(bot="b", cuenta="c") is Freno.DETENIDO
    assert selectors.freno_vigente(bot="x", cuenta="y") is Freno.ACTIVO
    assert [freno["actor"] for freno in selectors.frenos()] == ["ana", "ana", "sistema"]
    assert FilaAuditoria.objects.filter(flujo="freno").count() == 3
    EstadoFreno.objects.filter(ambito="global").delete()
    assert selectors.freno_vigente(bot="x", cuenta="y") is Freno.DETENIDO


@pytest.mark.parametrize(("ambito", "clave"), [("global", "x"), ("bot", ""), ("planeta", "x")])
def test_un_freno_sin_sentido_se_rechaza(reloj: RelojManual, ambito: str, clave: str) -> None:
    with pytest.raises(ErrorUsuario, match="FRE-02"):
        services.fijar_freno(ambito, clave, Freno.DETENIDO, "", "ana", ahora=reloj.ahora())


def test_cada_cambio_de_configuracion_deja_historia(reloj: RelojManual) -> None:
    assert selectors.configuracion("horario_inicio") == "06:00"
    assert services.fijar_configuracion("horario_inicio", "07:00", "ana", ahora=reloj.ahora())
    assert not services.fijar_configuracion("horario_inicio", "07:00", "ana", ahora=reloj.ahora())
    assert services.fijar_configuracion("nueva", "1", "luis", ahora=reloj.ahora(), descripcion="algo")
    assert [(c.antes, c.despues) for c in selectors.historia_de("horario_inicio")] == [("06:00", "07:00")]
    assert [(c.antes, c.actor) for c in selectors.historia_de("nueva")] == [(None, "luis")]
    assert selectors.toda_la_configuracion()["horario_inicio"] == "07:00"
    assert selectors.configuracion("no_esta") is None


def test_una_orden_de_mando_se_toma_y_se_termina_una_vez(reloj: RelojManual) -> None:
    services.pedir_mando("bot", "alto", {"motivo": "prueba"}, "ana", "k1", ahora=reloj.ahora())
    services.pedir_mando("otro", "alto", {}, "ana", "k2", ahora=reloj.ahora())
    orden = services.tomar_mando("s1", ("bot",), ahora=reloj.ahora())
    assert orden is not None
    assert (orden.clave, orden.tomada_por) == ("k1", "s1")
    assert services.tomar_mando("s2", ("bot",), ahora=reloj.ahora()) is None
    services.terminar_mando(orden.pk, True, {"hecho": 1}, "s1", ahora=reloj.ahora())
    with pytest.raises(ErrorTransicion, match="MAN-01"):
        services.terminar_mando(orden.pk, True, {}, "s1", ahora=reloj.ahora())


def test_un_movimiento_repetido_no_cuenta_dos_veces(reloj: RelojManual) -> None:
    fila = Movimiento(
        transaccion="t", accion="deposit", importe=Decimal("100.5"), balance_despues=Decimal(200), hora=reloj.ahora()
    )
    assert services.anotar_movimiento("deriv", "c", fila, False, ahora=reloj.ahora())
    assert not services.anotar_movimiento("deriv", "c", fila, False, ahora=reloj.ahora())
    assert services.anotar_movimiento("deriv", "otra", fila, False, ahora=reloj.ahora())
    assert selectors.movimiento_anotado("deriv", "c", "t")
    assert selectors.hora_del_ultimo_movimiento("deriv", "c") == reloj.ahora()


def test_los_eventos_se_leen_en_orden_y_a_partir_de_un_cursor(reloj: RelojManual) -> None:
    services.anotar_balance("deriv", "c", Decimal("99.9"), "USD", ahora=reloj.ahora(), origen="liquidacion", bot="b")
    assert PuntoBalance.objects.get().balance == Decimal("99.9")
    assert Evento.objects.get().datos["balance"] == "99.9"


@pytest.mark.django_db(transaction=True)
def test_seguir_desde_el_ultimo_cursor_da_solo_lo_nuevo(reloj: RelojManual) -> None:
    for n in range(3):
        services.publicar_evento("f", "t", {"n": n}, ahora=reloj.ahora())
    assert [e.datos["n"] for e in leer_eventos(Cursor(), 3)] == [0, 1, 2]
    assert [e.datos["n"] for e in selectors.eventos_desde(Cursor(), limite=2)] == [0, 1]
    ultimo = selectors.ultimo_cursor()
    assert selectors.eventos_desde(ultimo) == []
    services.publicar_evento("f", "t", {"n": 3}, ahora=reloj.ahora())
    (nuevo,) = leer_eventos(ultimo, 1)
    assert (nuevo.datos, nuevo.flujo, nuevo.en) == ({"n": 3}, "f", reloj.ahora())
