"""Datos de verdad para el panel, escritos por los servicios: un bot con historia que tocó su stop y está en pausa.

    python -m tests.e2e.navegador.siembra todo | latir | escribir | esperado | envejecer

Corre en su propio proceso, con la base de ``TIMONEL_DATOS``. La última línea de la salida es un objeto JSON.
"""

import json
import os
import random
import sys
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "timonel.settings")

from timonel.arranque import preparar

DEMO, BOT, CUENTA = "deriv_dinamico", "deriv_nocturno", "DOT90000001"
# Otros que los de la demostración: comparten las velas de la sede, y las de unos y otros no casarían.
ACTIVOS = {"JD50": "Jump 50 Index", "JD75": "Jump 75 Index", "JD100": "Jump 100 Index"}
INICIAL = Decimal("10000.00")
OPERACIONES, FICTICIAS_H, HISTORIA_H = 64, 24, 1
EN_PAUSA_DESDE = timedelta(hours=5, minutes=17)


def todo() -> dict[str, Any]:
    """Siembra todo y devuelve las cuentas que la página debe enseñar."""
    from django.db import transaction

    from dominio.reloj import RelojManual

    ahora = datetime.now(UTC).replace(microsecond=0)
    stop = ahora - EN_PAUSA_DESDE
    reloj = RelojManual(int((stop - timedelta(hours=7)).timestamp() * 1000))
    _definir(ahora)
    stop = _operar_hasta_el_stop(reloj, stop)
    with transaction.atomic():
        _fingir(stop, ahora)
        _historia(ahora)
    _avisar(ahora)
    _trabajos()
    return esperado()


def _definir(ahora: datetime) -> None:
    from django.conf import settings

    from core.definiciones.services import cambiar_bot, clonar_bot
    from core.ficheros_bots import ficheros

    # El bot de la demostración no debe tocar su stop a mitad del recorrido: con el de serie dura unas seis operaciones.
    carpeta = settings.DATOS / "bots"
    carpeta.mkdir(parents=True, exist_ok=True)
    de_serie = ficheros(settings.DATOS)[DEMO].read_text(encoding="utf-8")
    (carpeta / f"{DEMO}.yaml").write_text(de_serie.replace("stop_pct: 1", "stop_pct: 8"), encoding="utf-8")
    como = {"ficheros": ficheros(settings.DATOS), "actor": "ana", "con_refuerzo": True}
    hace = timedelta(days=3)
    clonar_bot(DEMO, BOT, {"activos": list(ACTIVOS), "regla": {"stop_pct": 1}}, ahora=ahora - hace, **como)
    cambiar_bot(BOT, {"contrato": {"pago_min_pct": 85}}, ahora=ahora - timedelta(days=2), **como)


def _operar_hasta_el_stop(reloj: Any, stop: datetime) -> datetime:
    """Una tanda larga y, al final, las pérdidas que la acaban hacia ``stop``; devuelve cuándo fue."""
    from core.meta_dinamica import ReglaDinamica
    from core.services import Ficha, activar_bot, asentar_compra, asentar_liquidacion, estado_de
    from tests.integracion.historial.fabrica import (
        aceptada,
        con_mando,
        correr,
        diario_de,
        intencion,
        liquidacion,
    )

    azar, ficha = random.Random(11), Ficha(BOT, "deriv", CUENTA)
    activar_bot(ficha, INICIAL, reloj.ahora())
    mando = con_mando(reloj, CUENTA, ttl_s=1e7, bot=BOT)
    diario = diario_de(reloj, max_abiertas=None)
    precio, paso = 1008.4, (stop - reloj.ahora()).total_seconds() / OPERACIONES
    for n in range(OPERACIONES):
        gana = n < OPERACIONES - 3 and (n % 2 == 0 or azar.random() < 0.1)
        estado = estado_de(ficha)
        assert estado is not None
        monto = (estado.libro.asentado * Decimal("0.005")).quantize(Decimal("0.01"), "ROUND_DOWN")
        activo = azar.choice(list(ACTIVOS))
        direccion = azar.choice(["CALL", "PUT"])
        confianza = round(49.2 + azar.random() * 1.6, 2)
        pedida = intencion(
            reloj, CUENTA, bot=BOT, simbolo=activo, direccion=direccion, monto=monto, riesgo=monto,
            precio_max=monto, pago=(monto * Decimal("1.95")).quantize(Decimal("0.01")), confianza_pct=confianza,
            clave_senal=f"siembra-{n}", contexto=_porque(azar, activo, direccion, confianza),
        )  # fmt: skip
        correr(diario.registrar_intencion(pedida))
        correr(diario.marcar_enviando(pedida.id_cliente, mando.ficha))
        referencia = f"{412_000_000 + n * 37}"
        reloj.avanzar(0.4)
        correr(diario.registrar_resultado(pedida.id_cliente, aceptada(reloj, referencia, precio=monto)))
        asentar_compra(ficha, referencia, monto, reloj.ahora())
        precio += azar.gauss(0, 0.8)
        entrada = Decimal(f"{precio:.2f}")
        sube = (direccion == "CALL") == gana
        reloj.avanzar(11.6)
        neto = pedida.pago - monto if gana else -monto
        final = liquidacion(
            reloj, referencia, str(neto), cobrado=pedida.pago if gana else Decimal(0), precio_entrada=entrada,
            precio_salida=entrada + Decimal("0.47" if sube else "-0.39"),
        )  # fmt: skip
        estado = asentar_liquidacion(ficha, final, ReglaDinamica(), timedelta(hours=24), reloj.ahora())
        if estado.pausado_en is not None:
            break
        reloj.avanzar(max(1.0, paso - 12))
    correr(mando.soltar())
    assert estado is not None and estado.pausado_en is not None
    _velas(azar, datetime.now(UTC))
    return estado.pausado_en


def _velas(azar: random.Random, ahora: datetime) -> None:
    """Siete horas de velas de un minuto de cada activo."""
    from historial.models import Vela

    velas = []
    for simbolo in ACTIVOS:
        precio = 1008.4
        for minutos in range(420, -1, -1):
            apertura, precio = precio, precio + azar.gauss(0, 0.9)
            arriba, abajo = (
                max(apertura, precio) + abs(azar.gauss(0, 0.4)),
                min(apertura, precio) - abs(azar.gauss(0, 0.4)),
            )
            velas.append(
                Vela(
                    sede="deriv",
                    simbolo=simbolo,
                    inicio=(ahora - timedelta(minutes=minutos)).replace(second=0, microsecond=0),
                    apertura=round(apertura, 2),
                    maximo=round(arriba, 2),
                    minimo=round(abajo, 2),
                    cierre=round(precio, 2),
                    ticks=30,
                )
            )
    Vela.objects.bulk_create(velas, ignore_conflicts=True)


def _porque(azar: random.Random, activo: str, direccion: str, confianza: float) -> dict[str, Any]:
    fuerza = (1 if direccion == "CALL" else -1) * azar.uniform(0.1, 0.5)
    return {
        "nombre_activo": ACTIVOS[activo],
        "fuerza": fuerza,
        "equilibrio": 1 / 1.95,
        "esperado": confianza / 100 * 1.95 - 1,
        "precio_senal": 1008.41,
        "candidatos": azar.randint(1, 3),
        "componentes": {
            f"{nombre}_{escala}": round(fuerza * azar.uniform(0.2, 1.6), 3)
            for nombre in ("cruce_ema", "rsi", "macd", "bollinger", "momento")
            for escala in ("ticks", "velas")
        },
    }


def _fingir(stop: datetime, ahora: datetime) -> None:
    """Entradas ficticias desde el stop hasta ahora; una hora acierta bastante más que las demás."""
    from dominio.reloj import RelojManual
    from historial.services.ficticias import abrir_ficticia, cerrar_ficticia, numero_ficticio
    from tests.integracion.historial.fabrica import intencion, liquidacion

    azar, paso = random.Random(5), 3600 / FICTICIAS_H
    cuantas = int((ahora - stop).total_seconds() / paso) - 1
    buena = (stop + timedelta(hours=2)).hour
    for n in range(cuantas):
        momento = stop + timedelta(seconds=20 + n * paso)
        reloj = RelojManual(int(momento.timestamp() * 1000))
        pedida = intencion(
            reloj, CUENTA, bot=BOT, simbolo=azar.choice(list(ACTIVOS)), direccion=azar.choice(["CALL", "PUT"]),
            monto=Decimal("49.00"), precio_max=Decimal("49.00"), pago=Decimal("95.55"),
            confianza_pct=round(49.2 + azar.random() * 1.6, 2), clave_senal=f"ficticia-{n}",
            contexto={"nombre_activo": "Jump 50 Index"},
        )  # fmt: skip
        abrir_ficticia(pedida, ahora=momento)
        reloj.avanzar(10)
        gana = azar.random() < (0.72 if momento.hour == buena else 0.47)
        neto = Decimal("46.55") if gana else Decimal("-49.00")
        final = liquidacion(
            reloj, numero_ficticio(pedida), str(neto), cobrado=Decimal("95.55") if gana else Decimal(0),
            precio_entrada=Decimal("1008.41"), precio_salida=Decimal("1008.88"),
        )  # fmt: skip
        cerrar_ficticia("deriv", CUENTA, final, ahora=reloj.ahora())


def _historia(ahora: datetime) -> None:
    """El mismo análisis sobre una semana de historia de la sede, para el mapa por hora y día."""
    from historial.models import Operacion
    from historial.services.acumulados import acumular

    azar, filas = random.Random(9), []
    inicio = (ahora - timedelta(days=7)).replace(minute=0, second=0)
    for hora in range(7 * 24):
        for n in range(HISTORIA_H):
            momento = inicio + timedelta(hours=hora, minutes=19 * n)
            gana = azar.random() < 0.5
            filas.append(
                Operacion(
                    bot=BOT,
                    sede="deriv",
                    cuenta=CUENTA,
                    entorno="simulado",
                    origen="historia",
                    ficticia=True,
                    tipo_orden="contrato",
                    activo="JD50",
                    nombre_activo=ACTIVOS["JD50"],
                    direccion=azar.choice(["CALL", "PUT"]),
                    estado="cerrada",
                    monto=Decimal("49.00"),
                    moneda="USD",
                    pago=Decimal("95.55"),
                    cobrado=Decimal("95.55") if gana else Decimal(0),
                    beneficio=Decimal("46.55") if gana else Decimal("-49.00"),
                    resultado="ganada" if gana else "perdida",
                    hora_inicio=momento,
                    hora_fin=momento + timedelta(seconds=10),
                    liquidada_en=momento + timedelta(seconds=10),
                    precio_entrada=Decimal("1008.41"),
                    precio_salida=Decimal("1008.9"),
                    confianza_pct=50.1,
                    numero_contrato=f"H-{hora}-{n}",
                )
            )
    for fila in Operacion.objects.bulk_create(filas):
        acumular(fila)


def _avisar(ahora: datetime) -> None:
    """Traduce los sucesos sembrados a avisos, como lo hace el despachador, con destinatarios de prueba."""
    from notificaciones.config import desde_entorno
    from notificaciones.models import Aviso
    from notificaciones.services import notificar_prueba, traducir_eventos

    config = desde_entorno(AVISOS_DE_PRUEBA)
    notificar_prueba("ana", clave="prueba:siembra", config=config, ahora=ahora - timedelta(days=2), entorno="simulado")
    traducir_eventos(config, ahora=ahora)
    suertes = ["entregado", "leido", "entregado", "fallido"]
    for n, aviso in enumerate(Aviso.objects.order_by("pk")):
        estado = suertes[n % len(suertes)]
        Aviso.objects.filter(pk=aviso.pk).update(
            estado=estado, intentos=1, enviado_en=aviso.ocurrido_en + timedelta(seconds=2),
            codigo_error="63003" if estado == "fallido" else "",
        )  # fmt: skip


# Números y cuenta de prueba de Twilio: no son de nadie.
AVISOS_DE_PRUEBA = {
    "TIMONEL_TWILIO_URL": "http://127.0.0.1:9",
    "TIMONEL_TWILIO_CUENTA": "AC" + "0" * 32,
    "TIMONEL_TWILIO_TOKEN": "de-prueba",
    "TIMONEL_TWILIO_REMITENTE": "+15005550006",
    "TIMONEL_WHATSAPP_DESTINOS": "+15005550007,+15005550008",
}


def _trabajos() -> None:
    """Hace una vez los trabajos de fondo del historial: la página de sistema los enseña hechos."""
    from dominio.reloj import RelojSistema
    from historial.services.periodicos import auditoria, metricas

    metricas(RelojSistema())
    auditoria(RelojSistema())


def esperado() -> dict[str, Any]:
    """Devuelve lo que las páginas deben decir del bot sembrado, leído de la base y no de las páginas."""
    from core.models import Pausa
    from core.selectors import ultimo_estado
    from historial.models import Operacion

    leido = ultimo_estado(BOT)
    assert leido is not None
    reales = Operacion.objects.filter(bot=BOT, origen="orden", estado="cerrada")

    def contar(resultado: str, direccion: str) -> int:
        return reales.filter(resultado=resultado, direccion=direccion).count()

    pausa = Pausa.objects.filter(bot=BOT).order_by("-pk").first()
    assert pausa is not None
    return {
        "bot": BOT,
        "balance": str(leido[1].libro.asentado),
        "ciclo": str(leido[1].ciclo),
        "ganadas_call": contar("ganada", "CALL"),
        "ganadas_put": contar("ganada", "PUT"),
        "perdidas_call": contar("perdida", "CALL"),
        "perdidas_put": contar("perdida", "PUT"),
        "reales": reales.count(),
        "ficticias": Operacion.objects.filter(bot=BOT, origen="pausa", estado="cerrada").count(),
        "pausado_en": pausa.pausado_en.isoformat(),
        "reanuda_en": pausa.reanuda_en.isoformat(),
    }


def latir() -> None:
    """Mantiene la señal de vida del bot en pausa hasta que se le dice que acabe."""
    from dominio.reloj import RelojSistema
    from historial.models import Operacion
    from historial.services.vivo import latir as dejar

    total = Operacion.objects.filter(bot=BOT, origen="pausa").count()
    while True:
        reloj = RelojSistema()
        datos = {
            "ciclo": "PAUSADO", "conectado": True, "listo": True, "motivo": None, "reconciliado_hace_s": 21.0,
            "contrato": None, "precios": {"JD50": {"precio": "1008.41", "epoch_ms": reloj.epoch_ms()}},
            "candidatos": [], "ficticias": {"abiertas": 0, "total": total}, "version": "0.1.0",
        }  # fmt: skip
        clave = {"bot": BOT, "sede": "deriv", "cuenta": CUENTA}
        dejar(clave, "siembra", datos, [], ahora=reloj.ahora())
        time.sleep(2)


def escribir() -> None:
    """Por cada línea de la entrada confirma un punto de balance y su suceso, y contesta la hora del COMMIT en ms."""
    from django.db import transaction

    from core.models import EstadoGuardado
    from dominio.reloj import RelojSistema
    from historial.services.registro import publicar_evento

    for linea in sys.stdin:
        balance = linea.strip()
        with transaction.atomic():
            fila = EstadoGuardado.objects.select_for_update().get(bot=BOT)
            estado = json.loads(fila.estado)
            estado["libro"]["asentado"] = balance
            fila.estado = json.dumps(estado)
            fila.save()
            publicar_evento(BOT, "balance", {"bot": BOT, "balance": balance}, ahora=RelojSistema().ahora())
        sys.stdout.write(json.dumps({"ms": time.time() * 1000}) + "\n")
        sys.stdout.flush()


def envejecer() -> dict[str, Any]:
    """Hace como si las sesiones se hubieran identificado hace una hora: para lo delicado ya no basta."""
    from django.contrib.sessions.backends.db import SessionStore
    from django.contrib.sessions.models import Session

    claves = list(Session.objects.values_list("session_key", flat=True))
    for clave in claves:
        sesion = SessionStore(clave)
        for metodo in sesion.get("account_authentication_methods", []):
            metodo["at"] -= 3600
        sesion.modified = True
        sesion.save()
    return {"sesiones": len(claves)}


def principal() -> None:
    """Prepara la base y hace lo pedido."""
    preparar()
    orden = sys.argv[1]
    hecho = {"todo": todo, "latir": latir, "escribir": escribir, "esperado": esperado, "envejecer": envejecer}[orden]()
    if hecho is not None:
        sys.stdout.write(json.dumps(hecho) + "\n")


if __name__ == "__main__":
    principal()
