"""R27: lo que no se conoce no se adivina. Una clave, un estado o un freno desconocidos impiden operar, y se dice."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.db import IntegrityError, connection, transaction
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bots.registro import buscar_bot
from core import estado_bot
from core.configuracion import ConfigBot, validar_bot
from core.estado_bot import Ciclo
from core.models import EstadoGuardado
from core.selectors import descifrar
from dominio.dinero import a_decimal
from dominio.errores import ErrorConfiguracion, ErrorDetener
from dominio.freno import Freno, leer, mas_estricto
from dominio.ordenes import EstadoOrden
from dominio.reloj import RelojManual
from historial.models import EstadoFreno, Orden
from historial.selectors.frenos import freno_vigente
from integracion_deriv.config import desde_entorno
from tests.fallos.banco import BOT, Banco, en_banco
from tests.integracion.historial.fabrica import correr, cuenta_nueva, diario_de, intencion
from timonel.ensayos.taller import en_linea

pytestmark = pytest.mark.fallos

_CLAVE = st.text("abcdefghijklmnopqrstuvwxyz_", min_size=1, max_size=14)
_VALOR = st.one_of(st.integers(), st.booleans(), st.text(max_size=5), st.lists(st.integers(), max_size=2), st.none())
_SECCIONES = ("", "contrato", "regla", "pausa", "senales", "senales.pesos")


def _datos() -> dict[str, Any]:
    return yaml.safe_load((Path(estado_bot.__file__).parents[1] / _fichero()).read_text(encoding="utf-8"))


def _fichero() -> str:
    raiz = Path(estado_bot.__file__).parents[1]
    return str(next(ruta for ruta in raiz.glob("bots/**/deriv_dinamico.yaml")).relative_to(raiz))


# --- configuración -----------------------------------------------------------------------------------------------


@pytest.mark.rapido
@settings(max_examples=300)
@given(st.sampled_from(_SECCIONES), _CLAVE, _VALOR)
def test_r27_una_clave_desconocida_no_arranca(seccion: str, clave: str, valor: Any) -> None:
    datos = _datos()
    lugar: dict[str, Any] = datos
    modelo: Any = ConfigBot
    for parte in filter(None, seccion.split(".")):
        lugar = lugar.setdefault(parte, {})
        modelo = modelo.model_fields[parte].annotation
    assume(clave not in modelo.model_fields)
    lugar[clave] = valor
    with pytest.raises(ErrorConfiguracion) as motivo:
        validar_bot(datos, "bot.yaml")
    assert motivo.value.codigo == "CFG-03"
    assert clave in motivo.value.mensaje


@pytest.mark.rapido
@settings(max_examples=200)
@given(_CLAVE)
def test_r27_un_valor_desconocido_en_el_entorno_no_arranca(texto: str) -> None:
    assume(texto not in ("nueva", "v3"))
    with pytest.raises(ErrorConfiguracion) as motivo:
        desde_entorno({"TIMONEL_DERIV_DIALECTO": texto})
    assert motivo.value.codigo == "DER-004"


# --- estado guardado ---------------------------------------------------------------------------------------------


def _guardado() -> tuple[str, dict[str, Any]]:
    import msgspec

    estado, _ = estado_bot.activar(a_decimal("10000"), RelojManual().ahora())
    return estado.ciclo, json.loads(msgspec.json.encode(estado))


@pytest.mark.rapido
@settings(max_examples=400)
@given(st.data())
def test_r27_un_estado_guardado_que_no_se_conoce_no_se_lee(datos: st.DataObject) -> None:
    ciclo, estado = _guardado()
    lugar = estado
    campo = datos.draw(st.sampled_from(["", "tanda", "libro", "contadores"]))
    if campo:
        lugar = estado[campo]
    if datos.draw(st.booleans()):
        clave = datos.draw(_CLAVE)
        assume(clave not in lugar)
        lugar[clave] = datos.draw(_VALOR)  # un campo de otra versión
    else:
        clave = datos.draw(st.sampled_from(sorted(lugar)))
        lugar[clave] = datos.draw(st.sampled_from(["RARO", [], {"x": {}}, True, "NaN€"]))
    fila = EstadoGuardado(bot="b", sede="deriv", cuenta="c", ciclo=ciclo, estado=json.dumps(estado))
    with pytest.raises(ErrorDetener) as motivo:
        descifrar(fila)
    assert motivo.value.codigo == "EST-01"


@pytest.mark.rapido
@pytest.mark.parametrize("texto", ["", "{", "null", "[]", '"OPERANDO"', "{}", "\x00"])
def test_r27_un_estado_ilegible_no_se_inventa(texto: str) -> None:
    with pytest.raises(ErrorDetener):
        descifrar(EstadoGuardado(bot="b", sede="deriv", cuenta="c", ciclo="OPERANDO", estado=texto))


@pytest.mark.rapido
@pytest.mark.parametrize("ciclo", ["RARO", "", "PAUSADO"])
def test_r27_un_ciclo_que_contradice_al_estado_no_se_lee(ciclo: str) -> None:
    _, estado = _guardado()
    with pytest.raises(ErrorDetener):
        descifrar(EstadoGuardado(bot="b", sede="deriv", cuenta="c", ciclo=ciclo, estado=json.dumps(estado)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "roto",
    ['"ciclo":"OPERANDO"|"ciclo":"VOLANDO"', '"numero"|"numero_de_tanda"', '"base":"10000"|"base":"NaN"'],
)
def test_r27_el_bot_no_arranca_con_un_estado_desconocido(carpeta_datos: Path, roto: str) -> None:
    viejo, nuevo = roto.split("|")

    async def prueba(banco: Banco) -> None:
        await banco.nacer()
        await banco.hasta(lambda: banco.compras)
        await banco.morir()
        en_linea(lambda: _romper(banco.cuenta, viejo, nuevo))
        compras = len(banco.compras)
        for _ in range(3):
            with pytest.raises(ErrorDetener) as motivo:
                await banco.nacer()
            assert motivo.value.codigo == "EST-01"
        assert len(banco.compras) == compras

    en_banco(carpeta_datos, prueba, semilla=4)


def _romper(cuenta: str, viejo: str, nuevo: str) -> None:
    fila = EstadoGuardado.objects.get(cuenta=cuenta)
    assert viejo in fila.estado
    EstadoGuardado.objects.filter(pk=fila.pk).update(estado=fila.estado.replace(viejo, nuevo))


# --- órdenes y freno ---------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("estado", ["RARA", "", "aceptada", "FILLED"])
def test_r27_la_base_no_admite_una_orden_en_un_estado_desconocido(reloj: RelojManual, estado: str) -> None:
    orden = intencion(reloj, cuenta_nueva())
    correr(diario_de(reloj).registrar_intencion(orden))
    with pytest.raises(IntegrityError), transaction.atomic():
        Orden.objects.filter(id_cliente=orden.id_cliente).update(estado=estado)
    assert Orden.objects.get(id_cliente=orden.id_cliente).estado == EstadoOrden.APROBADA


@pytest.mark.rapido
@given(st.one_of(st.none(), st.text(max_size=12)), st.sampled_from(sorted(Freno)))
def test_r27_un_freno_que_no_se_entiende_es_detenido(texto: str | None, otro: Freno) -> None:
    assume(texto not in set(Freno))
    assert leer(texto) is Freno.DETENIDO
    assert mas_estricto((leer(texto), otro)) is Freno.DETENIDO
    assert mas_estricto(()) is Freno.DETENIDO


@pytest.mark.django_db
def test_r27_sin_fila_global_o_con_un_texto_raro_el_freno_es_detenido(reloj: RelojManual) -> None:
    assert freno_vigente(bot=BOT) is Freno.ACTIVO
    with pytest.raises(IntegrityError), transaction.atomic():
        EstadoFreno.objects.filter(ambito="global").update(estado="MEDIO")
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA ignore_check_constraints = ON")
            EstadoFreno.objects.filter(ambito="global").update(estado="MEDIO")
            cursor.execute("PRAGMA ignore_check_constraints = OFF")
        assert freno_vigente(bot=BOT) is Freno.DETENIDO
    EstadoFreno.objects.filter(ambito="global").delete()
    assert freno_vigente(bot=BOT) is Freno.DETENIDO


@pytest.mark.rapido
def test_r27_el_fichero_de_serie_vale() -> None:
    assert validar_bot(_datos(), "bot.yaml").nombre == BOT
    assert set(Ciclo) == {"OPERANDO", "PAUSADO", "ESPERANDO_HORARIO", "SIN_SALDO"}
    assert buscar_bot(BOT, Path("no-existe")).nombre == BOT
