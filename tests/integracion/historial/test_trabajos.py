"""Los trabajos de fondo: una vez por ranura, se retoman si mueren, y borran solo lo que se puede borrar."""

import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, connections

from dominio.errores import ErrorConfiguracion
from dominio.reloj import RelojManual
from historial.models import Evento, FilaAuditoria, HuecoFicticio, Latido, MetricaDiaria, Operacion, Trabajo, Vela
from historial.periodico import Periodico
from historial.retencion import Plazos, plazos_de
from historial.services.metricas import poner_metricas
from historial.services.periodicos import auditoria
from historial.services.registro import publicar_evento, registrar_auditoria
from historial.services.retencion import retener
from historial.services.trabajos import hacer_una_vez, ranura_de, terminar_trabajo, tomar_trabajo

PRUEBA = Periodico(nombre="prueba", funcion="x:y", cola="informes", cada_s=1.0, ranura_s=60, vence_s=30.0)
RANURA = "2026-01-01T00:00:00Z"


def _tomar(reloj: RelojManual, **cambios: Any) -> int | None:
    return tomar_trabajo("prueba", RANURA, "yo", **{"ahora": reloj.ahora(), "vence_s": 30.0, **cambios})


def _a_la_vez(veces: int, funcion: Callable[[], Any]) -> list[Any]:
    """Devuelve lo que dio la función en ``veces`` hilos que arrancan juntos, cada uno con su conexión."""
    salida, barrera = [], threading.Barrier(veces)

    def correr() -> None:
        barrera.wait()
        try:
            salida.append(funcion())
        finally:
            connections.close_all()

    hilos = [threading.Thread(target=correr) for _ in range(veces)]
    for hilo in hilos:
        hilo.start()
    for hilo in hilos:
        hilo.join()
    return salida


def test_la_ranura_es_el_comienzo_de_su_tramo(reloj: RelojManual) -> None:
    reloj.avanzar(299)
    assert ranura_de(reloj.ahora(), 300) == "2026-01-01T00:00:00Z"
    reloj.avanzar(1)
    assert ranura_de(reloj.ahora(), 300) == "2026-01-01T00:05:00Z"


@pytest.mark.django_db(transaction=True)
def test_de_cinco_a_la_vez_lo_hace_uno(reloj: RelojManual) -> None:
    hechos: list[int] = []

    def trabajo() -> dict[str, Any]:
        hechos.append(1)
        return {"filas": 3}

    resultados = _a_la_vez(5, lambda: hacer_una_vez(PRUEBA, trabajo, reloj=reloj))
    assert len(hechos) == 1
    assert sorted(r is None for r in resultados) == [False] + [True] * 4
    fila = Trabajo.objects.get()
    assert (fila.estado, fila.intentos, fila.resultado) == ("hecho", 1, {"filas": 3})


@pytest.mark.django_db(transaction=True)
def test_uno_muerto_se_retoma_al_vencer_y_solo_por_uno(reloj: RelojManual) -> None:
    assert _tomar(reloj) == 1
    reloj.avanzar(29)
    assert _tomar(reloj) is None
    reloj.avanzar(1)
    assert sorted(_a_la_vez(5, lambda: _tomar(reloj)), key=str) == [2, None, None, None, None]
    # El muerto que despierta ya no manda; el que lo retomó, sí.
    assert not terminar_trabajo("prueba", RANURA, 1, {}, ahora=reloj.ahora())
    assert terminar_trabajo("prueba", RANURA, 2, {}, ahora=reloj.ahora())
    assert _tomar(reloj) is None


@pytest.mark.django_db
def test_uno_que_falla_se_reintenta_en_la_misma_ranura_hasta_cinco_veces(reloj: RelojManual) -> None:
    def romper() -> dict[str, Any]:
        raise ErrorConfiguracion("TRA-01", "mal")

    for _ in range(5):
        with pytest.raises(ErrorConfiguracion):
            hacer_una_vez(PRUEBA, romper, reloj=reloj)
    assert hacer_una_vez(PRUEBA, romper, reloj=reloj) is None
    fila = Trabajo.objects.get()
    assert (fila.estado, fila.intentos, fila.resultado) == ("fallido", 5, {"error": "TRA-01"})
    reloj.avanzar(60)
    assert hacer_una_vez(PRUEBA, dict, reloj=reloj) == {}


def _operacion(reloj: RelojManual, beneficio: str, **cambios: Any) -> Operacion:
    importe = Decimal(beneficio)
    resultado = "ganada" if importe > 0 else "perdida" if importe < 0 else "nula"
    campos = {
        "tipo_orden": "contrato", "activo": "1HZ100V", "direccion": "CALL", "estado": "cerrada", "bot": "uno",
        "sede": "deriv", "cuenta": "DOT1", "entorno": "simulado", "monto": Decimal("1"), "moneda": "USD",
        "beneficio": importe, "resultado": resultado, "hora_inicio": reloj.ahora(), "hora_fin": reloj.ahora(),
    }  # fmt: skip
    return Operacion.objects.create(**(campos | cambios))


@pytest.mark.django_db
def test_las_metricas_son_exactas_y_repetirlas_no_las_cambia(reloj: RelojManual) -> None:
    reloj.avanzar(3600)
    for beneficio in ("0.95", "0.95", "-1", "0"):
        _operacion(reloj, beneficio)
    _operacion(reloj, "5", bot="otro")
    _operacion(reloj, "7", origen="pausa", ficticia=True)
    _operacion(reloj, "9", hora_fin=reloj.ahora() - timedelta(days=1))
    for _ in range(2):
        assert poner_metricas(reloj.ahora())["filas"] == 3
    hoy = MetricaDiaria.objects.get(bot="uno", fecha=reloj.ahora().date())
    assert (hoy.total_operaciones, hoy.operaciones_ganadoras, hoy.operaciones_perdedoras) == (4, 2, 1)
    assert hoy.profit_loss_total == Decimal("0.90")
    assert hoy.winrate == pytest.approx(200 / 3)
    assert hoy.profit_factor == pytest.approx(1.9)
    ayer = MetricaDiaria.objects.get(bot="uno", fecha=reloj.ahora().date() - timedelta(days=1))
    assert (ayer.profit_loss_total, ayer.profit_factor) == (Decimal("9"), None)
    assert MetricaDiaria.objects.count() == 3


@pytest.mark.django_db
def test_la_retencion_borra_lo_de_mirar_y_nunca_el_dinero_ni_la_auditoria(reloj: RelojManual) -> None:
    viejo = reloj.ahora() - timedelta(days=1000)
    for en in (viejo, reloj.ahora()):
        publicar_evento("uno", "prueba", {}, ahora=en)
        Vela.objects.create(sede="deriv", simbolo="R", inicio=en, apertura=1, maximo=1, minimo=1, cierre=1)
        Latido.objects.create(bot=str(en), sede="deriv", cuenta="DOT1", en=en)
        HuecoFicticio.objects.create(
            bot="uno", sede="deriv", cuenta="DOT1", pausado_en=en, desde=en, hasta=en, motivo="x"
        )
        tomar_trabajo("viejo", str(en), "yo", ahora=en, vence_s=1)
        terminar_trabajo("viejo", str(en), 1, {}, ahora=en)
        registrar_auditoria("uno", "prueba", {}, actor="yo", ahora=en)
        _operacion(reloj, "1", hora_inicio=en, hora_fin=en)
    borradas = retener(Plazos(), ahora=reloj.ahora(), lote=1)
    assert borradas == {"eventos": 1, "velas": 1, "latidos": 1, "huecos": 1, "trabajos": 1}
    assert retener(Plazos(), ahora=reloj.ahora()) == dict.fromkeys(borradas, 0)
    assert (FilaAuditoria.objects.count(), Operacion.objects.count()) == (2, 2)


@pytest.mark.django_db
def test_la_retencion_no_borra_un_evento_que_los_avisos_no_han_visto(reloj: RelojManual) -> None:
    for _ in range(3):
        publicar_evento("uno", "prueba", {}, ahora=reloj.ahora() - timedelta(days=1000))
    visto = Evento.objects.order_by("pk")[1].pk
    assert retener(Plazos(), ahora=reloj.ahora(), eventos_hasta_id=visto)["eventos"] == 2
    assert Evento.objects.count() == 1


def test_los_plazos_salen_del_entorno_y_lo_que_no_se_entiende_no_borra_nada() -> None:
    assert plazos_de({"TIMONEL_RETENCION_VELAS_DIAS": "7", "TIMONEL_RETENCION_EVENTOS_DIAS": ""}).velas_dias == 7
    for malo in ("0", "muchos", "-3"):
        with pytest.raises(ErrorConfiguracion) as fallo:
            plazos_de({"TIMONEL_RETENCION_VELAS_DIAS": malo})
        assert fallo.value.codigo == "TRA-01"
        assert "TIMONEL_RETENCION_VELAS_DIAS" in fallo.value.mensaje


@pytest.mark.django_db
def test_una_cadena_rota_publica_un_evento(reloj: RelojManual, carpeta_datos: Any) -> None:
    registrar_auditoria("uno", "prueba", {}, actor="yo", ahora=reloj.ahora())
    assert auditoria(reloj) == {"filas": 1, "flujos": 1, "rota": None}
    with connection.cursor() as cursor:  # alguien estira la cabeza: falta un eslabón al final
        cursor.execute("UPDATE auditoria_cabezas SET seq = 2 WHERE flujo = 'uno'")
    reloj.avanzar(6 * 3600)
    resultado = auditoria(reloj)
    assert resultado is not None and resultado["rota"]["seq"] == 2
    evento = Evento.objects.get(tipo="AUDITORIA_ROTA")
    assert (evento.flujo, evento.datos["flujo"]) == ("sistema", "uno")
