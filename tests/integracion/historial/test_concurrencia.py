"""Varios hilos a la vez, cada uno con su conexión: lo que debe pasar una vez pasa una vez, en los dos motores."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from dominio.errores import ErrorDenegado, ErrorDuplicado
from dominio.ordenes import EstadoOrden
from dominio.posiciones import Movimiento
from dominio.reloj import RelojManual, RelojSistema
from historial import auditoria
from historial.models import Evento, FilaArriendo, FilaAuditoria, MovimientoSede, Orden, OrdenMando
from historial.selectors import Cursor, ultimo_cursor
from historial.services import anotar_movimiento, cerrar_operacion, pedir_mando, publicar_evento, tomar_mando
from historial.services import intenciones as camino
from historial.services.tiempo import HoraArriendo
from tests.integracion.historial.fabrica import (
    aceptada,
    arriendo_de,
    con_mando,
    correr,
    cuenta_nueva,
    diario_de,
    intencion,
    leer_eventos,
    liquidacion,
)

pytestmark = pytest.mark.django_db(transaction=True)
HILOS = 6


def a_la_vez(funcion: Callable[[int], Any], hilos: int = HILOS) -> list[Any]:
    """Devuelve lo que da la función en varios hilos que salen juntos; un error cuenta como resultado."""
    salida = threading.Barrier(hilos)

    def una(numero: int) -> Any:
        salida.wait(10)
        try:
            return funcion(numero)
        except Exception as fallo:
            return fallo
        finally:
            connection.close()

    with ThreadPoolExecutor(hilos) as grupo:
        return list(grupo.map(una, range(hilos)))


@pytest.mark.parametrize("vez", range(3))
def test_de_varias_entradas_simultaneas_en_una_cuenta_solo_se_aprueba_una(vez: int) -> None:
    reloj, cuenta = RelojSistema(), cuenta_nueva()
    resultados = a_la_vez(lambda _: correr(diario_de(reloj).registrar_intencion(intencion(reloj, cuenta))))
    assert [type(r) for r in resultados if r is not None] == [ErrorDenegado] * (HILOS - 1)
    estados = sorted(Orden.objects.filter(cuenta=cuenta).values_list("estado", flat=True))
    assert estados == sorted([EstadoOrden.APROBADA] + [EstadoOrden.DENEGADA] * (HILOS - 1))


def test_la_misma_senal_desde_varias_cuentas_entra_una_vez() -> None:
    reloj = RelojSistema()
    ordenes = [intencion(reloj, cuenta_nueva(), clave_senal="compartida") for _ in range(HILOS)]
    resultados = a_la_vez(lambda n: correr(diario_de(reloj).registrar_intencion(ordenes[n])))
    assert [type(r) for r in resultados if r is not None] == [ErrorDuplicado] * (HILOS - 1)
    assert Orden.objects.filter(clave_senal="compartida").count() == 1


def test_una_orden_la_marca_para_enviar_un_solo_hilo() -> None:
    reloj, cuenta = RelojManual(), cuenta_nueva()
    ficha = con_mando(reloj, cuenta).ficha
    for _ in range(5):
        orden = intencion(reloj, cuenta)
        correr(diario_de(reloj, max_abiertas=None).registrar_intencion(orden))

        def marcar(_: int, quien: str = orden.id_cliente) -> bool:
            hora = HoraArriendo(reloj)
            return camino.marcar_enviando(quien, ficha, ahora=reloj.ahora(), hora=hora, ambito_bloqueo="cuenta")

        assert sorted(a_la_vez(marcar)) == [False] * (HILOS - 1) + [True]
        Orden.objects.filter(id_cliente=orden.id_cliente).update(estado=EstadoOrden.RECHAZADA)


def test_el_arriendo_vencido_lo_toma_un_solo_hilo() -> None:
    reloj, cuenta = RelojManual(), cuenta_nueva()
    con_mando(reloj, cuenta, titular="anterior")
    for vuelta in range(5):
        reloj.avanzar(11)
        jefes = [arriendo_de(reloj, cuenta, f"p{n}") for n in range(HILOS)]
        tomados = a_la_vez(lambda n, jefes=jefes: correr(jefes[n].tomar()))
        assert sorted(tomados) == [False] * (HILOS - 1) + [True]
        assert max(jefe.ficha for jefe in jefes) == vuelta + 2


def test_despues_de_una_toma_no_aparece_ningun_envio_con_la_ficha_vieja() -> None:
    """El viejo envía en su último instante y el nuevo toma en el siguiente: se envía antes de la toma o nunca."""
    antes, despues, cuenta = RelojManual(), RelojManual(), cuenta_nueva()
    viejo = con_mando(antes, cuenta, titular="viejo", ttl_s=10)
    despues.avanzar(10)
    antes.avanzar(9.9)
    for _ in range(12):
        orden = intencion(antes, cuenta, vence_en=antes.ahora() + timedelta(minutes=5), proposito="cierre")
        correr(diario_de(antes).registrar_intencion(orden))
        nuevo = arriendo_de(despues, cuenta, "nuevo")

        def competir(numero: int, quien: str = orden.id_cliente, ficha: int = viejo.ficha, nuevo: Any = nuevo) -> str:
            if numero == 0:
                hora = HoraArriendo(antes)
                camino.marcar_enviando(quien, ficha, ahora=antes.ahora(), hora=hora, ambito_bloqueo="cuenta")
                return ""
            assert correr(nuevo.tomar())
            return Orden.objects.get(id_cliente=quien).estado

        _, visto_tras_la_toma = a_la_vez(competir, 2)
        final = Orden.objects.get(id_cliente=orden.id_cliente).estado
        assert final in (EstadoOrden.ENVIANDO, EstadoOrden.CADUCADA)
        assert final != EstadoOrden.ENVIANDO or visto_tras_la_toma == EstadoOrden.ENVIANDO
        FilaArriendo.objects.filter(cuenta=cuenta).update(desde=0, hasta=10, titular="viejo")
        viejo.ficha = nuevo.ficha
        Orden.objects.filter(cuenta=cuenta).update(estado=EstadoOrden.RECHAZADA)


def test_quien_toma_el_arriendo_espera_al_envio_que_ya_lo_comprobo() -> None:
    if connection.vendor != "postgresql":
        pytest.skip("en SQLite hay un solo escritor: la toma espera siempre")
    antes, despues, cuenta = RelojManual(), RelojManual(), cuenta_nueva()
    viejo = con_mando(antes, cuenta, titular="viejo", ttl_s=10)
    despues.avanzar(10)
    orden = intencion(antes, cuenta)
    correr(diario_de(antes).registrar_intencion(orden))

    def tomar(_: int) -> bool:
        with connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = '200ms'")
        return bool(correr(arriendo_de(despues, cuenta, "nuevo").tomar()))

    with transaction.atomic():  # el envío está comprobado y sin confirmar
        hora = HoraArriendo(antes)
        assert camino.marcar_enviando(
            orden.id_cliente, viejo.ficha, ahora=antes.ahora(), hora=hora, ambito_bloqueo="cuenta"
        )
        (impaciente,) = a_la_vez(tomar, 1)
        assert isinstance(impaciente, OperationalError)
    assert a_la_vez(tomar, 1) == [True]


def test_un_movimiento_y_un_cierre_repetidos_a_la_vez_se_anotan_una_vez() -> None:
    reloj, cuenta = RelojManual(), cuenta_nueva()
    orden = intencion(reloj, cuenta)
    correr(diario_de(reloj).registrar_intencion(orden))
    assert correr(diario_de(reloj).marcar_enviando(orden.id_cliente, con_mando(reloj, cuenta).ficha))
    correr(diario_de(reloj).registrar_resultado(orden.id_cliente, aceptada(reloj, "42")))
    fila = Movimiento(
        transaccion="t1", accion="sell", importe=Decimal("19.53"), balance_despues=Decimal(100), hora=reloj.ahora()
    )
    anotados = a_la_vez(lambda _: anotar_movimiento("deriv", cuenta, fila, True, ahora=reloj.ahora()))
    assert sorted(anotados) == [False] * (HILOS - 1) + [True]
    assert MovimientoSede.objects.get(cuenta=cuenta).importe == Decimal("19.53")
    cierre = liquidacion(reloj, "42")
    cerradas = a_la_vez(lambda _: cerrar_operacion("deriv", cuenta, cierre, ahora=reloj.ahora()) is not None)
    assert sorted(cerradas) == [False] * (HILOS - 1) + [True]


def test_una_orden_de_mando_la_toma_un_solo_supervisor() -> None:
    reloj = RelojManual()
    pedir_mando("bot", "alto", {}, "ana", "alto-1", ahora=reloj.ahora())
    pedir_mando("bot", "alto", {}, "ana", "alto-1", ahora=reloj.ahora())
    assert OrdenMando.objects.count() == 1
    tomadas = a_la_vez(lambda n: tomar_mando(f"s{n}", ("bot",), ahora=reloj.ahora()))
    assert len([t for t in tomadas if t is not None]) == 1


def test_la_auditoria_escrita_por_varios_hilos_queda_encadenada_y_sin_huecos() -> None:
    reloj, cuenta = RelojSistema(), cuenta_nueva()

    def escribir(numero: int) -> None:
        for vuelta in range(10):
            with transaction.atomic():
                auditoria.registrar(
                    f"deriv:{cuenta}", "prueba", {"hilo": numero, "vuelta": vuelta}, actor="yo", ahora=reloj.ahora()
                )

    assert a_la_vez(escribir) == [None] * HILOS
    numeros = FilaAuditoria.objects.filter(flujo=f"deriv:{cuenta}").order_by("seq").values_list("seq", flat=True)
    assert list(numeros) == list(range(1, HILOS * 10 + 1))
    assert auditoria.verificar().correcta


def test_leer_los_eventos_con_escritores_simultaneos_no_pierde_ninguno() -> None:
    reloj, por_hilo = RelojSistema(), 60
    leidos: list[int] = []
    inicio = ultimo_cursor()

    def leer() -> None:
        try:
            leidos.extend(evento.datos["n"] for evento in leer_eventos(inicio, HILOS * por_hilo, limite=7))
        finally:
            connection.close()

    def escribir(numero: int) -> None:
        for vuelta in range(por_hilo):
            with transaction.atomic():
                publicar_evento("x", "prueba", {"n": numero * por_hilo + vuelta}, ahora=reloj.ahora())
                if connection.vendor == "postgresql":
                    # Otra transacción puede tomar un número mayor y confirmar antes que esta.
                    with connection.cursor() as consulta:
                        consulta.execute("SELECT pg_sleep(%s)", [0.002 * (vuelta % 3)])

    lector = threading.Thread(target=leer)
    lector.start()
    assert a_la_vez(escribir) == [None] * HILOS
    lector.join(40)
    assert sorted(leidos) == list(range(HILOS * por_hilo))
    assert Evento.objects.filter(tipo="prueba").count() == HILOS * por_hilo


def test_el_cursor_de_eventos_se_escribe_y_se_lee() -> None:
    assert Cursor.leer(str(Cursor(7, 12))) == Cursor(7, 12)
    assert Cursor.leer("") == Cursor.leer("a:b") == Cursor(0, 0)
