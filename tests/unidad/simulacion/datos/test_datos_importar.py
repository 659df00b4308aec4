"""Importar datos: lo bueno entra exacto, lo malo se dice con su línea, y nada se inventa."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dominio.errores import ErrorUsuario
from dominio.reloj import RelojManual, de_epoch_ms
from dominio.velas import Tick, Vela
from simulacion.datos import almacen
from simulacion.datos.importar import importar, importar_objetos
from tests.rutas import COMPARTIDO, o_saltar

pl = pytest.importorskip("polars", reason="los datos de mercado necesitan polars (grupo investigacion)")
pytestmark = pytest.mark.rapido

AHORA = RelojManual(1_767_225_600_000)  # 2026-01-01
CABECERA = "time,open,high,low,close,volume\n"
FILA_1 = "2025-03-04 10:00:00,1.10,1.20,1.00,1.15,7\n"
FILA_2 = "2025-03-04 10:01:00,1.15,1.25,1.10,1.20,8\n"
FILA_3 = "2025-03-04 10:02:00,1.20,1.30,1.15,1.25,9\n"
MS_1 = 1_741_082_400_000
VELAS = [
    Vela("EURUSD", MS_1, 60, 1.10, 1.20, 1.00, 1.15, 7.0),
    Vela("EURUSD", MS_1 + 60_000, 60, 1.15, 1.25, 1.10, 1.20, 8.0),
    Vela("EURUSD", MS_1 + 120_000, 60, 1.20, 1.30, 1.15, 1.25, 9.0),
]


@pytest.fixture
def traer(tmp_path: Path):
    """Devuelve una función que escribe un texto (u octetos) y lo importa."""

    def hacer(contenido: str | bytes, formato: str = "auto", nombre: str = "datos.csv", **opciones):
        fichero = tmp_path / nombre
        fichero.write_bytes(contenido if isinstance(contenido, bytes) else contenido.encode())
        opciones.setdefault("reloj", AHORA)
        return importar(fichero, "EURUSD", formato, tmp_path, **opciones)

    return hacer


def fallo(codigo: str, llamar, *trozos: str) -> ErrorUsuario:
    with pytest.raises(ErrorUsuario) as capturado:
        llamar()
    assert capturado.value.codigo == codigo
    for trozo in trozos:
        assert trozo in str(capturado.value)
    return capturado.value


def test_csv_de_velas_entra_exacto_y_se_relee(traer, tmp_path: Path) -> None:
    resumen = traer(CABECERA + FILA_1 + FILA_2 + FILA_3)
    assert (resumen.tipo, resumen.duracion_s, resumen.filas, resumen.formato) == ("velas", 60, 3, "csv")
    assert (resumen.desde, resumen.hasta) == (de_epoch_ms(MS_1), de_epoch_ms(MS_1 + 120_000))
    assert list(almacen.leer_velas(tmp_path, "EURUSD", 60)) == VELAS
    assert almacen.listar(tmp_path) == (resumen,)


@pytest.mark.parametrize(
    "contenido",
    [
        "Fecha;Hora;Apertura;Máximo;Mínimo;Cierre;Volumen\n2025.03.04;10:00;1,10;1,20;1,00;1,15;7\n"
        "2025.03.04;10:01;1,15;1,25;1,10;1,20;8\n2025.03.04;10:02;1,20;1,30;1,15;1,25;9\n",
        f"epoch|o|h|l|c|v\n{MS_1 // 1000}|1.10|1.20|1.00|1.15|7\n{MS_1 // 1000 + 60}|1.15|1.25|1.10|1.20|8\n"
        f"{MS_1 // 1000 + 120}|1.20|1.30|1.15|1.25|9\n",
        "timestamp,open,high,low,close,volume\n2025-03-04T05:00:00-05:00,1.10,1.20,1.00,1.15,7\n"
        "2025-03-04T10:01:00Z,1.15,1.25,1.10,1.20,8\n2025-03-04T10:02:00.000Z,1.20,1.30,1.15,1.25,9\n",
        "close,volume,time,low,high,open,spread\r\n1.15,7,1741082400000,1.00,1.20,1.10,2\r\n"
        "1.20,8,1741082460000,1.10,1.25,1.15,2\r\n1.25,9,1741082520000,1.15,1.30,1.20,2\r\n",
        "\n\n" + CABECERA + FILA_1 + "\n" + FILA_2 + FILA_3 + "\n\n",
        ("\ufeff" + CABECERA + FILA_1 + FILA_2 + FILA_3),
        CABECERA + FILA_3 + FILA_2 + FILA_1,
        CABECERA + FILA_1 + FILA_1 + FILA_2 + FILA_3 + FILA_3,
    ],
    ids=["europeo", "epoch", "iso", "desordenadas", "blancos", "bom", "invertida", "repetidas"],
)
def test_variantes_de_csv_dan_las_mismas_velas(traer, tmp_path: Path, contenido: str) -> None:
    traer(contenido)
    assert list(almacen.leer_velas(tmp_path, "EURUSD", 60)) == VELAS


MT5 = (
    "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\t<SPREAD>\n"
    "2025.03.04\t12:00:00\t1.10\t1.20\t1.00\t1.15\t7\t0\t2\n"
    "2025.03.04\t12:01:00\t1.15\t1.25\t1.10\t1.20\t8\t0\t2\n"
    "2025.03.04\t12:02:00\t1.20\t1.30\t1.15\t1.25\t9\t0\t2\n"
)


@pytest.mark.parametrize("codificacion", ["utf-8", "utf-16"])
def test_exportacion_de_mt5_en_hora_del_broker(traer, tmp_path: Path, codificacion: str) -> None:
    resumen = traer(MT5.encode(codificacion), huso="Europe/Athens")
    assert (resumen.formato, resumen.avisos) == ("mt5", ())
    assert list(almacen.leer_velas(tmp_path, "EURUSD", 60)) == VELAS


def test_mt5_sin_huso_avisa(traer) -> None:
    assert "huso" in traer(MT5).avisos[0]


def test_ticks_de_mt5_arrastran_la_punta_que_no_cambia(traer, tmp_path: Path) -> None:
    resumen = traer(
        "<DATE>\t<TIME>\t<BID>\t<ASK>\t<LAST>\t<VOLUME>\t<FLAGS>\n"
        "2025.03.04\t10:00:00.100\t1.1000\t\t\t\t2\n"
        "2025.03.04\t10:00:00.200\t\t1.1002\t\t\t4\n"
        "2025.03.04\t10:00:00.300\t1.1002\t\t\t\t2\n"
        "2025.03.04\t10:00:00.300\t\t1.1006\t\t\t4\n"
    )
    assert (resumen.tipo, resumen.filas, resumen.sin_precio) == ("ticks", 3, 1)
    assert list(almacen.leer_ticks(tmp_path, "EURUSD")) == [
        Tick("EURUSD", MS_1 + 200, pytest.approx(1.1001), 1.1, 1.1002),
        Tick("EURUSD", MS_1 + 300, pytest.approx(1.1002), 1.1002, 1.1002),
        Tick("EURUSD", MS_1 + 300, pytest.approx(1.1004), 1.1002, 1.1006),
    ]


def test_ticks_con_precio_y_misma_hora_se_conservan_en_orden(traer, tmp_path: Path) -> None:
    traer("epoch,quote\n1741082400,92.1\n1741082400,92.2\n1741082402,92.2\n1741082402,92.2\n")
    assert [(t.epoch_ms, t.precio) for t in almacen.leer_ticks(tmp_path, "EURUSD")] == [
        (MS_1, 92.1),
        (MS_1, 92.2),
        (MS_1 + 2000, 92.2),
    ]


def test_los_huecos_se_cuentan_y_no_se_rellenan(traer) -> None:
    filas = "".join(f"{MS_1 + m * 60_000},1,2,0.5,1\n" for m in (0, 1, 2, 5, 6, 26))
    resumen = traer("time,open,high,low,close\n" + filas)
    assert (resumen.filas, resumen.huecos) == (6, 2)
    assert [(h.desde_ms - MS_1, h.faltan) for h in resumen.huecos_mayores] == [(6 * 60_000, 19), (2 * 60_000, 2)]


def test_la_vela_en_formacion_no_entra(traer) -> None:
    reloj = RelojManual(MS_1 + 120_000 + 59_999)
    resumen = traer(CABECERA + FILA_1 + FILA_2 + FILA_3, reloj=reloj)
    assert (resumen.filas, resumen.sin_cerrar) == (2, 1)
    reloj.avanzar(0.001)
    assert traer(CABECERA + FILA_1 + FILA_2 + FILA_3, reloj=reloj, reemplazar=True).filas == 3


@pytest.mark.parametrize(
    ("contenido", "codigo", "trozos"),
    [
        (CABECERA + FILA_1 + "2025-03-04 10:01:00,1.15,abc,1.10,1.20,8\n", "DAT-04", ["línea 3", "«abc»", "«high»"]),
        (CABECERA + FILA_1 + "2025-03-04 10:01:00,1.15,,1.10,1.20,8\n", "DAT-04", ["línea 3", "falta", "«high»"]),
        (CABECERA + "\n" + FILA_1 + "ayer,1.15,1.25,1.10,1.20,8\n", "DAT-04", ["línea 4", "«ayer»"]),
        (CABECERA + "04/03/2025 10:00,1,2,1,1,1\n", "DAT-04", ["línea 2", "AAAA-MM-DD"]),
        (CABECERA + "20250304,1,2,1,1,1\n", "DAT-04", ["línea 2"]),
        (CABECERA + FILA_1 + "2025-03-04 10:01:00,1.15,NaN,1.10,1.20,8\n", "DAT-05", ["línea 3", "positivo y finito"]),
        (CABECERA + FILA_1 + "2025-03-04 10:01:00,1.15,1.25,0,1.20,8\n", "DAT-05", ["línea 3", "minimo 0.0"]),
        (CABECERA + FILA_1 + "2025-03-04 10:01:00,1.15,1.25,-1,1.20,8\n", "DAT-05", ["línea 3"]),
        (CABECERA + FILA_1 + "2025-03-04 10:01:00,1.15,inf,1.10,1.20,8\n", "DAT-05", ["línea 3"]),
        (CABECERA + FILA_1 + "2025-03-04 10:01:00,1.15,1.18,1.10,1.20,8\n", "DAT-05", ["línea 3", "no abarcan"]),
        (CABECERA + FILA_1 + "2025-03-04 10:01:00,1.15,1.25,1.10,1.20,-8\n", "DAT-05", ["línea 3", "volumen"]),
        (CABECERA + FILA_2 + FILA_1 + FILA_3, "DAT-06", ["línea 3"]),
        (CABECERA + FILA_1 + FILA_1.replace("1.15", "1.16") + FILA_2, "DAT-07", ["línea 3"]),
        (CABECERA + FILA_1 + FILA_2 + FILA_3.replace("2025", "2031"), "DAT-08", ["línea 4", "futuro"]),
        ("precio;cosa\n1;2\n", "DAT-03", ["tiempo", "precio, cosa"]),
        ("time;cosa\n2025-01-01;2\n", "DAT-03", ["velas"]),
        ("solo una columna\n1\n", "DAT-03", ["separadas"]),
        ("", "DAT-14", ["vacío"]),
        ("  \n\n", "DAT-14", ["vacío"]),
        (CABECERA, "DAT-14", ["cabecera"]),
        (CABECERA + FILA_1 + "2025-03-04 10:01:00,1,15,1,25,1,10,1,20,8\n", "DAT-16", ["línea 3", "10 campos", "6"]),
        (CABECERA + FILA_1, "DAT-17", ["una sola vela"]),
        (CABECERA.encode() + b"2025-03-04 10:00,\xff,1,1,1,1\n", "DAT-01", ["línea 2", "UTF-8"]),
    ],
)
def test_lo_malo_se_dice_con_su_linea(traer, tmp_path: Path, contenido, codigo: str, trozos: list[str]) -> None:
    fallo(codigo, lambda: traer(contenido), *trozos)
    assert almacen.listar(tmp_path) == ()
    assert not list((tmp_path / "mercado").glob("*")), "no queda nada a medias"


def test_velas_que_se_solapan(traer) -> None:
    contenido = CABECERA + FILA_1 + FILA_2 + FILA_3
    fallo("DAT-17", lambda: traer(contenido, duracion_s=300), "línea 3", "300 s")


def test_una_hora_que_el_cambio_de_horario_repite_no_se_adivina(traer) -> None:
    contenido = CABECERA + FILA_1.replace("2025-03-04 10:00", "2025-10-26 03:30")
    fallo("DAT-04", lambda: traer(contenido, huso="Europe/Athens"), "línea 2")


def test_opciones_imposibles(traer, tmp_path: Path) -> None:
    bueno = CABECERA + FILA_1 + FILA_2
    fallo("DAT-02", lambda: traer(bueno, formato="excel"), "parquet")
    fallo("DAT-15", lambda: traer(bueno, huso="Luna/Mar"), "huso")
    fallo("DAT-01", lambda: importar(tmp_path / "no.csv", "EURUSD", "auto", tmp_path), "no.csv")
    for malo in ("../fuera", "", "a/b", ".oculto", "x" * 41, "eur usd"):
        fallo("DAT-11", lambda malo=malo: importar(tmp_path / "no.csv", malo, "auto", tmp_path))
    fallo("DAT-01", lambda: traer(b"PAR1 roto", nombre="x.parquet"), "Parquet")


def test_no_se_pisa_lo_guardado_sin_pedirlo(traer, tmp_path: Path) -> None:
    traer(CABECERA + FILA_1 + FILA_2)
    fallo("DAT-10", lambda: traer(CABECERA + FILA_1 + FILA_2 + FILA_3), "EURUSD_velas_60s.parquet")
    assert len(list(almacen.leer_velas(tmp_path, "EURUSD", 60))) == 2
    traer(CABECERA + FILA_1 + FILA_2 + FILA_3, reemplazar=True)
    assert len(list(almacen.leer_velas(tmp_path, "EURUSD", 60))) == 3


def test_un_fichero_cambiado_a_mano_se_descubre(traer, tmp_path: Path) -> None:
    resumen = traer(CABECERA + FILA_1 + FILA_2)
    ruta = tmp_path / "mercado" / resumen.fichero
    ruta.write_bytes(ruta.read_bytes() + b" ")
    fallo("DAT-13", lambda: list(almacen.leer_velas(tmp_path, "EURUSD", 60)))
    ruta.with_suffix(".json").unlink()
    fallo("DAT-13", lambda: list(almacen.leer_velas(tmp_path, "EURUSD", 60)), "ficha")
    fallo("DAT-12", lambda: list(almacen.leer_ticks(tmp_path, "EURUSD")), "ticks")


def test_el_progreso_llega_al_final(traer) -> None:
    pasos: list[tuple[float, str]] = []
    traer(CABECERA + FILA_1 + FILA_2, progreso=lambda f, fase: pasos.append((f, fase)))
    assert pasos == sorted(pasos)
    assert pasos[-1] == (1.0, "listo")


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.floats(0.1, 1e5), st.floats(0, 10), st.floats(0, 10), st.floats(0, 1)),
        min_size=2,
        max_size=30,
    )
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_ida_y_vuelta_de_velas(tmp_path: Path, filas: list) -> None:
    velas, minuto = [], 0
    for salto, base, arriba, ancho, parte in filas:
        minuto += salto
        cierre = base + ancho * parte
        velas.append(Vela("X", MS_1 + minuto * 60_000, 60, base, base + ancho + arriba, base, cierre, arriba))
    resumen = importar_objetos(velas, "X", tmp_path, reemplazar=True, reloj=AHORA)
    assert resumen.filas == len(velas)
    assert list(almacen.leer_velas(tmp_path, "X", 60)) == velas


def test_historia_de_la_sede_mezclada_o_vacia(tmp_path: Path) -> None:
    tick = Tick("R_50", MS_1, 92.0)
    assert importar_objetos([tick], "R_50", tmp_path, reloj=AHORA).filas == 1
    fallo("DAT-14", lambda: importar_objetos([], "R_50", tmp_path), "R_50")
    fallo("DAT-18", lambda: importar_objetos([tick, Tick("R_75", MS_1, 1.0)], "R_50", tmp_path))
    fallo("DAT-18", lambda: importar_objetos([tick], "R_75", tmp_path))
    malo = Tick("R_50", MS_1 + 1, float("nan"))
    fallo("DAT-05", lambda: importar_objetos([tick, malo], "R_50", tmp_path, reloj=AHORA), "elemento 2")


@pytest.mark.parametrize(
    ("nombre", "tipo", "duracion", "filas", "huecos"),
    [
        ("deriv_R75_M1", "velas", 60, 10_079, 0),
        ("deriv_EURUSD_M5", "velas", 300, 49_231, 38),
        ("mt5_EURUSD_M1", "velas", 60, 9999, None),
        ("oanda_EURUSD_M1", "velas", 60, 6887, None),
        ("oanda_XAUUSD_tick", "ticks", 0, None, None),
        ("binance-spot_BTCUSDT_trades", "ticks", 0, None, None),
    ],
)
def test_parquet_reales(tmp_path: Path, nombre: str, tipo: str, duracion: int, filas, huecos) -> None:
    ruta = o_saltar(COMPARTIDO / "datos" / "mercado" / f"{nombre}.parquet")
    resumen = importar(ruta, "PRUEBA", "auto", tmp_path, reloj=AHORA)
    assert (resumen.tipo, resumen.duracion_s, resumen.formato) == (tipo, duracion, "parquet")
    assert filas is None or resumen.filas == filas
    assert huecos is None or resumen.huecos == huecos
    original = pl.read_parquet(ruta)
    assert resumen.filas + resumen.duplicadas == original.height
    tabla = almacen.leer_tabla(tmp_path, "PRUEBA", duracion)
    assert tabla["epoch_ms"].is_sorted()
    columna = "cierre" if tipo == "velas" else "precio"
    esperado = original["close" if tipo == "velas" else "price"] if "bid" not in original.columns else None
    if esperado is not None and resumen.duplicadas == 0:
        assert tabla[columna].to_list() == esperado.to_list()
