"""El libro de órdenes: qué deja pasar, qué niega y qué recuerda."""

from datetime import timedelta
from decimal import Decimal

import pytest

from dominio.errores import ErrorDenegado, ErrorDuplicado, ErrorTransicion, ErrorUsuario
from dominio.freno import Freno
from dominio.instrumentos import Sede
from dominio.ordenes import EstadoOrden, Proposito, ResultadoEnvio
from dominio.posiciones import PosicionSede
from dominio.reloj import RelojManual
from dominio.senales import Direccion
from historial.models import Ejecucion, Evento, Externa, FilaAuditoria, Operacion, Orden, ReservaRiesgo
from historial.selectors import en_duda, riesgo_reservado
from historial.services import cerrar_operacion, fijar_freno, resolver_orden
from tests.integracion.historial.fabrica import (
    aceptacion,
    aceptada,
    con_mando,
    correr,
    cuenta_nueva,
    diario_de,
    intencion,
    liquidacion,
)

pytestmark = pytest.mark.django_db
E = EstadoOrden


@pytest.fixture
def cuenta() -> str:
    return cuenta_nueva()


def estado(id_cliente: str) -> str:
    return Orden.objects.get(id_cliente=id_cliente).estado


def enviada(reloj: RelojManual, cuenta: str, **cambios: object) -> str:
    """Devuelve el id de una orden que ya está ENVIANDO."""
    orden = intencion(reloj, cuenta, **cambios)
    correr(diario_de(reloj).registrar_intencion(orden))
    assert correr(diario_de(reloj).marcar_enviando(orden.id_cliente, con_mando(reloj, cuenta).ficha))
    return orden.id_cliente


def test_una_intencion_deja_orden_reserva_auditoria_y_evento(reloj: RelojManual, cuenta: str) -> None:
    orden = intencion(reloj, cuenta)
    correr(diario_de(reloj).registrar_intencion(orden))
    assert estado(orden.id_cliente) == E.APROBADA
    assert riesgo_reservado("deriv", cuenta) == Decimal(10)
    eslabon = FilaAuditoria.objects.get(flujo=f"deriv:{cuenta}", objeto=orden.id_cliente)
    assert eslabon.accion == "intencion"
    assert '"monto":"10.00"' in eslabon.datos
    assert Evento.objects.filter(tipo="orden", datos__id_cliente=orden.id_cliente).count() == 1


def test_lo_guardado_se_recupera_igual(reloj: RelojManual, cuenta: str) -> None:
    orden = intencion(
        reloj,
        cuenta,
        monto=Decimal("0.35"),
        riesgo=Decimal("0.35"),
        stop_loss=Decimal("1.08345"),
        cotizacion_id="8f5b3f5a-0000-4000-8000-000000000000",
        contexto={"texto": "ñ", "número": 1.5, "lista": [1, 2]},
    )
    diario = diario_de(reloj)
    correr(diario.registrar_intencion(orden))
    correr(diario.marcar_enviando(orden.id_cliente, con_mando(reloj, cuenta).ficha))
    (viva,) = correr(diario.vivas(Sede.DERIV, cuenta))
    assert viva.intencion == orden
    assert viva.estado is E.ENVIANDO
    assert viva.enviado_en == reloj.ahora()


def test_la_misma_senal_no_tiene_dos_intenciones(reloj: RelojManual, cuenta: str) -> None:
    diario = diario_de(reloj, max_abiertas=None)
    orden = intencion(reloj, cuenta)
    correr(diario.registrar_intencion(orden))
    with pytest.raises(ErrorDuplicado, match="ORD-02"):
        correr(diario.registrar_intencion(orden))
    otra_cuenta = intencion(reloj, cuenta_nueva(), clave_senal=orden.clave_senal)
    with pytest.raises(ErrorDuplicado):
        correr(diario.registrar_intencion(otra_cuenta))
    assert Orden.objects.filter(clave_senal=orden.clave_senal).count() == 1


@pytest.mark.parametrize("suerte", [None, E.DESCONOCIDA, E.REVISION])
def test_una_orden_de_suerte_desconocida_bloquea_las_entradas(
    reloj: RelojManual, cuenta: str, suerte: EstadoOrden | None
) -> None:
    diario = diario_de(reloj, max_abiertas=None)
    primera = enviada(reloj, cuenta)
    if suerte is not None:
        correr(diario.marcar(primera, E.DESCONOCIDA, "sin respuesta"))
    if suerte is E.REVISION:
        correr(diario.marcar(primera, E.REVISION, "dos parecidas"))
    segunda = intencion(reloj, cuenta, simbolo="R_100")
    with pytest.raises(ErrorDenegado, match="ORD-03") as fallo:
        correr(diario.registrar_intencion(segunda))
    assert fallo.value.detalle["causa"] == "desconocida"
    negada = Orden.objects.get(id_cliente=segunda.id_cliente)
    assert (negada.estado, negada.codigo) == (E.DENEGADA, "ORD-03")
    assert primera in negada.motivo
    assert not ReservaRiesgo.objects.filter(orden=negada).exists()


def test_con_ambito_de_simbolo_solo_bloquea_ese_simbolo(reloj: RelojManual, cuenta: str) -> None:
    diario = diario_de(reloj, max_abiertas=None, ambito_bloqueo="simbolo")
    enviada(reloj, cuenta, simbolo="R_50")
    correr(diario.registrar_intencion(intencion(reloj, cuenta, simbolo="R_100")))
    with pytest.raises(ErrorDenegado):
        correr(diario.registrar_intencion(intencion(reloj, cuenta, simbolo="R_50")))


def test_un_cierre_sale_aunque_haya_una_orden_desconocida_y_el_freno_puesto(reloj: RelojManual, cuenta: str) -> None:
    enviada(reloj, cuenta)
    fijar_freno("global", "", Freno.DETENIDO, "prueba", "ana", ahora=reloj.ahora())
    cierre = intencion(reloj, cuenta, proposito=Proposito.CIERRE)
    diario = diario_de(reloj)
    correr(diario.registrar_intencion(cierre))
    reloj.avanzar(11)
    cierre_tardio = intencion(reloj, cuenta, proposito=Proposito.CIERRE)
    correr(diario.registrar_intencion(cierre_tardio))
    assert correr(diario.marcar_enviando(cierre_tardio.id_cliente, con_mando(reloj, cuenta, titular="otro").ficha))


def test_no_se_pasa_del_maximo_de_abiertas_hasta_que_se_cierra(reloj: RelojManual, cuenta: str) -> None:
    diario = diario_de(reloj, max_abiertas=1)
    correr(diario.registrar_resultado(enviada(reloj, cuenta), aceptada(reloj, "77")))
    with pytest.raises(ErrorDenegado) as fallo:
        correr(diario.registrar_intencion(intencion(reloj, cuenta)))
    assert fallo.value.detalle["causa"] == "max_abiertas"
    assert cerrar_operacion("deriv", cuenta, liquidacion(reloj, "77"), ahora=reloj.ahora())
    correr(diario.registrar_intencion(intencion(reloj, cuenta)))


def test_una_aprobada_ya_vencida_no_ocupa_sitio(reloj: RelojManual, cuenta: str) -> None:
    diario = diario_de(reloj, max_abiertas=1)
    correr(diario.registrar_intencion(intencion(reloj, cuenta)))
    with pytest.raises(ErrorDenegado):
        correr(diario.registrar_intencion(intencion(reloj, cuenta)))
    reloj.avanzar(5)
    correr(diario.registrar_intencion(intencion(reloj, cuenta)))


@pytest.mark.parametrize("ambito", ["global", "cuenta", "bot"])
@pytest.mark.parametrize("freno", [Freno.REDUCIENDO, Freno.DETENIDO])
def test_con_el_freno_puesto_no_se_aprueba_ni_se_envia_una_entrada(
    reloj: RelojManual, cuenta: str, ambito: str, freno: Freno
) -> None:
    diario, mando = diario_de(reloj, max_abiertas=None), con_mando(reloj, cuenta)
    antes = intencion(reloj, cuenta)
    correr(diario.registrar_intencion(antes))
    clave = {"global": "", "cuenta": f"deriv:{cuenta}", "bot": "deriv_dinamico"}[ambito]
    fijar_freno(ambito, clave, freno, "prueba", "ana", ahora=reloj.ahora())
    with pytest.raises(ErrorDenegado) as fallo:
        correr(diario.registrar_intencion(intencion(reloj, cuenta)))
    assert fallo.value.detalle["causa"] == "freno"
    assert not correr(diario.marcar_enviando(antes.id_cliente, mando.ficha))
    assert estado(antes.id_cliente) == E.CADUCADA
    assert riesgo_reservado("deriv", cuenta) == 0


def test_el_freno_de_otro_bot_y_de_otra_cuenta_no_estorba(reloj: RelojManual, cuenta: str) -> None:
    fijar_freno("bot", "otro", Freno.DETENIDO, "prueba", "ana", ahora=reloj.ahora())
    fijar_freno("cuenta", "deriv:OTRA", Freno.DETENIDO, "prueba", "ana", ahora=reloj.ahora())
    enviada(reloj, cuenta)


def test_sin_la_fila_global_el_freno_es_detenido(reloj: RelojManual, cuenta: str) -> None:
    from historial.models import EstadoFreno

    diario, mando = diario_de(reloj, max_abiertas=None), con_mando(reloj, cuenta)
    antes = intencion(reloj, cuenta)
    correr(diario.registrar_intencion(antes))
    EstadoFreno.objects.all().delete()
    with pytest.raises(ErrorDenegado):
        correr(diario.registrar_intencion(intencion(reloj, cuenta)))
    assert not correr(diario.marcar_enviando(antes.id_cliente, mando.ficha))


def test_una_orden_se_marca_para_enviar_una_sola_vez(reloj: RelojManual, cuenta: str) -> None:
    id_cliente, mando = enviada(reloj, cuenta), None
    reloj.avanzar(11)
    mando = con_mando(reloj, cuenta, titular="otro")
    assert not correr(diario_de(reloj).marcar_enviando(id_cliente, mando.ficha))
    assert estado(id_cliente) == E.ENVIANDO


def test_vencida_no_se_envia(reloj: RelojManual, cuenta: str) -> None:
    mando, orden = con_mando(reloj, cuenta), intencion(reloj, cuenta)
    correr(diario_de(reloj).registrar_intencion(orden))
    reloj.avanzar(5)
    assert not correr(diario_de(reloj).marcar_enviando(orden.id_cliente, mando.ficha))
    assert estado(orden.id_cliente) == E.CADUCADA


@pytest.mark.parametrize("diferencia", [-1, 1])
def test_con_otra_ficha_no_se_envia(reloj: RelojManual, cuenta: str, diferencia: int) -> None:
    mando, orden = con_mando(reloj, cuenta), intencion(reloj, cuenta)
    correr(diario_de(reloj).registrar_intencion(orden))
    assert not correr(diario_de(reloj).marcar_enviando(orden.id_cliente, mando.ficha + diferencia))


def test_con_el_arriendo_vencido_no_se_envia(reloj: RelojManual, cuenta: str) -> None:
    mando = con_mando(reloj, cuenta, ttl_s=10)
    orden = intencion(reloj, cuenta, vence_en=reloj.ahora() + timedelta(minutes=1))
    correr(diario_de(reloj).registrar_intencion(orden))
    reloj.avanzar(10)
    assert not correr(diario_de(reloj).marcar_enviando(orden.id_cliente, mando.ficha))


def test_no_se_envia_si_otra_quedo_desconocida_despues_de_aprobarla(reloj: RelojManual, cuenta: str) -> None:
    diario, mando = diario_de(reloj, max_abiertas=None), con_mando(reloj, cuenta)
    una, otra = intencion(reloj, cuenta), intencion(reloj, cuenta)
    correr(diario.registrar_intencion(una))
    correr(diario.registrar_intencion(otra))
    assert correr(diario.marcar_enviando(una.id_cliente, mando.ficha))
    correr(diario.marcar(una.id_cliente, E.DESCONOCIDA, "sin respuesta"))
    assert not correr(diario.marcar_enviando(otra.id_cliente, mando.ficha))
    assert estado(otra.id_cliente) == E.CADUCADA


def test_aceptada_abre_la_operacion_con_lo_que_se_sabe(reloj: RelojManual, cuenta: str) -> None:
    id_cliente = enviada(reloj, cuenta)
    correr(diario_de(reloj).registrar_resultado(id_cliente, aceptada(reloj, "123", pago=Decimal("19.54"))))
    operacion = Operacion.objects.get(numero_contrato="123", cuenta=cuenta)
    assert (operacion.estado, operacion.activo, operacion.direccion) == ("abierta", "R_50", "CALL")
    assert (operacion.monto, operacion.pago) == (Decimal(10), Decimal("19.54"))
    assert operacion.nombre_activo == "Volatility 50 Index"
    assert operacion.confianza_pct == 51.25
    assert not operacion.ficticia
    assert Ejecucion.objects.get(cuenta=cuenta).id_ejecucion == "c123"
    assert correr(diario_de(reloj).conocida(Sede.DERIV, cuenta, "123"))
    assert not correr(diario_de(reloj).conocida(Sede.DERIV, cuenta, "124"))


def test_repetir_el_mismo_resultado_no_cambia_nada(reloj: RelojManual, cuenta: str) -> None:
    id_cliente, resultado = enviada(reloj, cuenta), aceptada(reloj, "123")
    for _ in range(2):
        correr(diario_de(reloj).registrar_resultado(id_cliente, resultado))
    assert resultado.aceptacion is not None
    correr(diario_de(reloj).adoptar(id_cliente, resultado.aceptacion, "otra vez"))
    assert Operacion.objects.filter(cuenta=cuenta).count() == 1
    assert FilaAuditoria.objects.filter(objeto=id_cliente, accion="orden").count() == 1


def test_un_rechazo_tras_darla_por_desconocida_no_la_cierra(reloj: RelojManual, cuenta: str) -> None:
    id_cliente = enviada(reloj, cuenta)
    correr(diario_de(reloj).marcar(id_cliente, E.DESCONOCIDA, "sin respuesta"))
    with pytest.raises(ErrorTransicion, match="ORD-01"):
        correr(diario_de(reloj).registrar_resultado(id_cliente, ResultadoEnvio(estado=E.RECHAZADA, codigo="X")))
    assert estado(id_cliente) == E.DESCONOCIDA
    assert riesgo_reservado("deriv", cuenta) == Decimal(10)


@pytest.mark.parametrize("final", [E.RECHAZADA, E.NO_ENVIADA])
def test_lo_que_no_entro_devuelve_su_reserva(reloj: RelojManual, cuenta: str, final: EstadoOrden) -> None:
    id_cliente = enviada(reloj, cuenta)
    correr(diario_de(reloj).registrar_resultado(id_cliente, ResultadoEnvio(estado=final, codigo="PriceMoved")))
    orden = Orden.objects.get(id_cliente=id_cliente)
    assert (orden.estado, orden.codigo) == (final, "PriceMoved")
    assert riesgo_reservado("deriv", cuenta) == 0
    assert correr(diario_de(reloj).vivas(Sede.DERIV, cuenta)) == ()


def test_las_busquedas_limpias_se_cuentan_seguidas(reloj: RelojManual, cuenta: str) -> None:
    id_cliente, diario = enviada(reloj, cuenta), diario_de(reloj)
    with pytest.raises(ErrorTransicion):
        correr(diario.anotar_busqueda(id_cliente, True))
    correr(diario.marcar(id_cliente, E.DESCONOCIDA, "sin respuesta"))
    assert [correr(diario.anotar_busqueda(id_cliente, limpia)) for limpia in (True, True, False, True)] == [1, 2, 0, 1]


def test_no_colocada_se_vigila_y_una_llegada_tardia_se_adopta_con_su_riesgo(reloj: RelojManual, cuenta: str) -> None:
    id_cliente, diario = enviada(reloj, cuenta), diario_de(reloj, vigilancia=timedelta(hours=24))
    correr(diario.marcar(id_cliente, E.DESCONOCIDA, "sin respuesta"))
    correr(diario.marcar(id_cliente, E.NO_COLOCADA, "dos búsquedas limpias"))
    assert riesgo_reservado("deriv", cuenta) == 0
    reloj.avanzar(23 * 3600)
    assert [viva.estado for viva in correr(diario.vivas(Sede.DERIV, cuenta))] == [E.NO_COLOCADA]
    correr(diario.adoptar(id_cliente, aceptacion(reloj, "55", tras_buscar=True), "llegó tarde"))
    assert riesgo_reservado("deriv", cuenta) == Decimal(10)
    assert Operacion.objects.get(numero_contrato="55", cuenta=cuenta).estado == "abierta"


def test_pasada_la_vigilancia_ya_no_se_busca(reloj: RelojManual, cuenta: str) -> None:
    id_cliente, diario = enviada(reloj, cuenta), diario_de(reloj, vigilancia=timedelta(hours=24))
    correr(diario.marcar(id_cliente, E.DESCONOCIDA, "sin respuesta"))
    correr(diario.marcar(id_cliente, E.NO_COLOCADA, "dos búsquedas limpias"))
    reloj.avanzar(24 * 3600)
    assert correr(diario.vivas(Sede.DERIV, cuenta)) == ()


def test_dos_ordenes_no_adoptan_el_mismo_contrato(reloj: RelojManual, cuenta: str) -> None:
    from django.db import IntegrityError

    diario = diario_de(reloj, max_abiertas=None)
    una, otra = enviada(reloj, cuenta), intencion(reloj, cuenta)
    correr(diario.registrar_resultado(una, aceptada(reloj, "9")))
    correr(diario.registrar_intencion(otra))
    Orden.objects.filter(id_cliente=otra.id_cliente).update(estado=E.DESCONOCIDA)
    with pytest.raises(IntegrityError):
        correr(diario.adoptar(otra.id_cliente, aceptacion(reloj, "9"), "la misma"))


def test_caducar_pasa_las_vencidas_y_devuelve_cuantas(reloj: RelojManual, cuenta: str) -> None:
    diario = diario_de(reloj, max_abiertas=None)
    for _ in range(3):
        correr(diario.registrar_intencion(intencion(reloj, cuenta)))
    correr(diario.registrar_intencion(intencion(reloj, cuenta, vence_en=reloj.ahora() + timedelta(hours=1))))
    reloj.avanzar(6)
    assert correr(diario.caducar(Sede.DERIV, cuenta)) == 3
    assert correr(diario.caducar(Sede.DERIV, cuenta)) == 0
    assert riesgo_reservado("deriv", cuenta) == Decimal(10)


def test_cerrar_una_operacion_dos_veces_solo_cuenta_la_primera(reloj: RelojManual, cuenta: str) -> None:
    id_cliente = enviada(reloj, cuenta)
    correr(diario_de(reloj).registrar_resultado(id_cliente, aceptada(reloj, "31")))
    cierre = liquidacion(reloj, "31", "-10.00")
    operacion = cerrar_operacion("deriv", cuenta, cierre, ahora=reloj.ahora())
    assert operacion is not None
    assert (operacion.resultado, operacion.beneficio) == ("perdida", Decimal("-10"))
    assert operacion.precio_entrada == Decimal("92.1234")
    assert operacion.hora_fin == cierre.hora_fin
    assert estado(id_cliente) == E.EJECUTADA
    assert riesgo_reservado("deriv", cuenta) == 0
    assert cerrar_operacion("deriv", cuenta, cierre, ahora=reloj.ahora()) is None
    assert cerrar_operacion("deriv", cuenta, liquidacion(reloj, "ajena"), ahora=reloj.ahora()) is None
    assert sorted(Ejecucion.objects.filter(cuenta=cuenta).values_list("tipo", flat=True)) == ["apertura", "cierre"]


def test_una_persona_resuelve_lo_dudoso_y_queda_su_nombre(reloj: RelojManual, cuenta: str) -> None:
    id_cliente = enviada(reloj, cuenta)
    with pytest.raises(ErrorUsuario, match="RES-03"):
        resolver_orden(id_cliente, actor="ana", ahora=reloj.ahora(), no_colocada=True)
    correr(diario_de(reloj).marcar(id_cliente, E.DESCONOCIDA, "sin respuesta"))
    correr(diario_de(reloj).marcar(id_cliente, E.REVISION, "dos parecidas"))
    assert [orden.id_cliente for orden in en_duda() if orden.cuenta == cuenta] == [id_cliente]
    with pytest.raises(ErrorUsuario, match="RES-01"):
        resolver_orden(id_cliente, actor="ana", ahora=reloj.ahora())
    with pytest.raises(ErrorUsuario, match="RES-02"):
        resolver_orden("nadie", actor="ana", ahora=reloj.ahora(), no_colocada=True)
    resolver_orden(id_cliente, actor="ana", ahora=reloj.ahora(), aceptacion=aceptacion(reloj, "88"))
    assert estado(id_cliente) == E.ACEPTADA
    assert FilaAuditoria.objects.filter(objeto=id_cliente).latest("seq").actor == "ana"


def test_resolver_como_no_colocada_libera_la_cuenta(reloj: RelojManual, cuenta: str) -> None:
    id_cliente = enviada(reloj, cuenta)
    correr(diario_de(reloj).marcar(id_cliente, E.DESCONOCIDA, "sin respuesta"))
    resolver_orden(id_cliente, actor="ana", ahora=reloj.ahora(), no_colocada=True)
    correr(diario_de(reloj).registrar_intencion(intencion(reloj, cuenta)))


def test_una_posicion_ajena_se_anota_y_se_pone_al_dia(reloj: RelojManual, cuenta: str) -> None:
    posicion = PosicionSede(
        referencia="ext1", simbolo="R_75", direccion=Direccion.PUT, monto=Decimal(5), hora_compra=reloj.ahora()
    )
    diario = diario_de(reloj)
    correr(diario.anotar_externa(Sede.DERIV, cuenta, posicion))
    correr(diario.anotar_externa(Sede.DERIV, cuenta, posicion))
    assert Externa.objects.get(cuenta=cuenta).abierta
    cerrada = PosicionSede(
        referencia="ext1",
        simbolo="R_75",
        direccion=Direccion.PUT,
        monto=Decimal(5),
        hora_compra=reloj.ahora(),
        liquidacion=liquidacion(reloj, "ext1", "-5"),
    )
    correr(diario.anotar_externa(Sede.DERIV, cuenta, cerrada))
    assert Externa.objects.get(cuenta=cuenta).beneficio == Decimal(-5)
    assert not correr(diario.conocida(Sede.DERIV, cuenta, "ext1"))
