"""Llena una base de PostgreSQL con la historia de un bot: operaciones por COPY y, de ellas, todo lo que cuelga."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg

BOT, SEDE, CUENTA = "deriv_dinamico", "deriv", "DOT99000001"
ACTIVOS = ("1HZ100V", "1HZ75V", "1HZ50V", "R_10", "R_25", "R_50", "R_75", "R_100")
PASO = timedelta(seconds=60)
REALES = 0.6
_COPIA = """COPY operaciones (tipo_orden, activo, direccion, precio_entrada_real, estado, profit_loss, fecha_apertura,
 fecha_cierre, created_at, updated_at, bot, sede, cuenta, entorno, ficticia, origen, nombre_activo, id_cliente, monto,
 moneda, pago, cobrado, confianza_pct, resultado, numero_contrato, precio_salida, liquidada_en) FROM STDIN"""
_DETRAS = (
    """INSERT INTO ordenes (id_cliente, sede, cuenta, entorno, bot, clave_senal, simbolo, direccion, tipo, proposito,
    monto, moneda, riesgo, pago, duracion, unidad_duracion, confianza_pct, contexto, creada_en, vence_en, estado,
    motivo, codigo, ficha, enviado_en, busquedas_limpias, referencia, aceptada_en, tras_buscar, actualizada_en)
    SELECT id_cliente, sede, cuenta, entorno, bot, 's' || id, activo, direccion, 'contrato', 'entrada', monto, moneda,
    monto, pago, 5, 't', confianza_pct, '{"esperado": -0.02}', fecha_apertura, fecha_cierre, 'EJECUTADA', '', '', 1,
    fecha_apertura, 0, numero_contrato, fecha_apertura, false, fecha_cierre FROM operaciones WHERE origen = 'orden'
    ORDER BY id""",
    "UPDATE operaciones o SET orden_id = d.id FROM ordenes d WHERE d.id_cliente = o.id_cliente",
    """INSERT INTO auditoria (flujo, seq, en, actor, accion, objeto, datos, anterior, resumen)
    SELECT sede || ':' || cuenta, 2 * row_number() OVER (ORDER BY id) - 1 + k, creada_en + k * interval '10 s', bot,
    CASE k WHEN 0 THEN 'orden' ELSE 'liquidacion' END, id_cliente,
    CASE k WHEN 0 THEN '{"estado":"ACEPTADA"}' ELSE '{"resultado":"ganada"}' END, '0', '0'
    FROM ordenes, generate_series(0, 1) AS k""",
    """INSERT INTO auditoria_cabezas (flujo, seq, resumen) SELECT flujo, max(seq), '0' FROM auditoria
    WHERE flujo LIKE 'deriv:%' GROUP BY flujo""",
    """INSERT INTO balances (sede, cuenta, bot, balance, moneda, origen, en)
    SELECT sede, cuenta, bot, 10000 + sum(profit_loss) OVER (ORDER BY fecha_apertura, id), moneda, 'liquidacion',
    liquidada_en FROM operaciones WHERE origen = 'orden'""",
    """INSERT INTO acumulado_total (bot, sede, cuenta, entorno, origen, activo, direccion, ganadas, perdidas, nulas,
    beneficio) SELECT bot, sede, cuenta, entorno, origen, activo, direccion, count(*) FILTER (WHERE resultado='ganada'),
    count(*) FILTER (WHERE resultado = 'perdida'), count(*) FILTER (WHERE resultado = 'nula'), sum(profit_loss)
    FROM operaciones GROUP BY 1, 2, 3, 4, 5, 6, 7""",
    """INSERT INTO acumulado_cuarto (bot, sede, cuenta, entorno, origen, cuarto, ganadas, perdidas, nulas, beneficio)
    SELECT bot, sede, cuenta, entorno, origen, date_bin('15 min', fecha_apertura, 'epoch'),
    count(*) FILTER (WHERE resultado = 'ganada'), count(*) FILTER (WHERE resultado = 'perdida'),
    count(*) FILTER (WHERE resultado = 'nula'), sum(profit_loss) FROM operaciones GROUP BY 1, 2, 3, 4, 5, 6""",
    """INSERT INTO velas (sede, simbolo, inicio, apertura, maximo, minimo, cierre, ticks)
    SELECT 'deriv', '1HZ100V', date_trunc('minute', now()) - i * interval '1 min', 100, 101, 99, 100.5, 60
    FROM generate_series(1, 3000) AS i""",
)


def sembrar(direccion: str, filas: int, ahora: datetime) -> str:
    """Deja la base con ``filas`` operaciones hasta ``ahora`` y devuelve el identificador de una orden."""
    with psycopg.connect(direccion, autocommit=True) as conexion:
        # Los disparadores de la auditoría no estorban al INSERT; synchronous_commit apagado solo acelera la siembra.
        conexion.execute("SET synchronous_commit = off; SET timezone = 'UTC'; SET work_mem = '256MB'")
        with conexion.cursor() as cursor, cursor.copy(_COPIA) as copia:
            for trozo in _trozos(filas, ahora):
                copia.write(trozo)
        for sentencia in _DETRAS:
            conexion.execute(sentencia)
        conexion.execute("VACUUM ANALYZE")
        fila = conexion.execute("SELECT id_cliente FROM ordenes ORDER BY id DESC OFFSET 100 LIMIT 1").fetchone()
        return str(fila[0]) if fila else ""


def _trozos(filas: int, ahora: datetime) -> Iterator[bytes]:
    azar, inicio = random.Random(1), ahora - filas * PASO
    for primera in range(0, filas, 5000):
        yield "".join(_fila(azar, n, inicio + n * PASO) for n in range(primera, min(primera + 5000, filas))).encode()


def _fila(azar: random.Random, n: int, hora: datetime) -> str:
    real, gana = azar.random() < REALES, azar.random() < 0.5
    abre, cierra = hora.strftime("%F %T.%f+00"), (hora + timedelta(seconds=10)).strftime("%F %T+00")
    valores: tuple[Any, ...] = (
        "contrato", azar.choice(ACTIVOS), azar.choice(("CALL", "PUT")), f"{azar.uniform(50, 2000):.4f}", "cerrada",
        "9.53" if gana else "-10.00", abre, cierra, abre, cierra, BOT, SEDE, CUENTA, "simulado", "f" if real else "t",
        "orden" if real else "pausa", "Volatility 100 (1s) Index", f"{n:026d}", "10.00", "USD", "19.53",
        "19.53" if gana else "0", f"{azar.uniform(45, 55):.3f}", "ganada" if gana else "perdida",
        f"{'' if real else 'F-'}{n + 10**9}", f"{azar.uniform(50, 2000):.4f}", cierra,
    )  # fmt: skip
    return "\t".join(valores) + "\n"


def estado_inicial(ahora: datetime) -> None:
    """Guarda el estado del bot, su pausa y su latido con los servicios de siempre (con Django preparado)."""
    from decimal import Decimal

    from core.models import Pausa
    from core.services import Ficha, activar_bot
    from historial.models import Latido

    ficha = Ficha(BOT, SEDE, CUENTA)
    activar_bot(ficha, Decimal("10000.00"), ahora.astimezone(UTC))
    fin = ahora - timedelta(hours=30)
    Pausa.objects.create(
        **ficha.clave, tanda=1, pausado_en=fin - timedelta(hours=24), reanuda_en=fin, reactivado_en=fin, motivo="stop"
    )
    Latido.objects.create(**ficha.clave, en=ahora, datos={"conectado": True, "listo": True})
