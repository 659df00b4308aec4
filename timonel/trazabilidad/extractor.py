"""Extrae de las especificaciones cada cosa que piden, con un identificador estable."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path

from timonel.trazabilidad.bloques import de_bloque
from timonel.trazabilidad.lineas import Hallazgo, celdas, de_arbol, de_prosa, es_separador, limpio
from timonel.trazabilidad.modelo import ESPECIFICACIONES, Elemento

LARGO_DE_ID = 56
LARGO_DE_TEXTO = 110
PREAMBULO = "0"
# Ahí las «reglas» son los datos del propio documento (versión, fecha, estado): no piden nada.
SIN_REGLAS = (PREAMBULO, "documento-principal-del-proyecto", "conclusion")

# La primera especificación es texto llano: estos renglones son títulos; todos los demás piden algo.
TITULOS_LLANOS = (
    "Objetivo general del bot",
    "Reglas de la estrategia (ENUNCIADO OFICIAL)",
    "Dashboard: tarjeta con WON / LOSS",
    "Estructura del proyecto (obligatoria)",
    "Requerimientos técnicos",
    "Cálculos obligatorios",
    "Flujo de operación obligatorio",
    "Resultados esperados",
)
SUBTITULOS_LLANOS = ("Backend", "Frontend")

_TITULO = re.compile(r"^(#{2,6})\s+(.*)$")
_NUMERO = re.compile(r"^(\d+(?:\.\d+)*)\.?\s")
_VALLA = re.compile(r"^\s*```(\w*)\s*$")


def extraer(carpeta: Path) -> dict[str, list[Elemento]]:
    """Devuelve, por especificación («000», «001», «002»), sus elementos en orden."""
    return {numero: extraer_texto(numero, _leer(carpeta, numero)) for numero in ESPECIFICACIONES}


def extraer_texto(numero: str, texto: str) -> list[Elemento]:
    """Devuelve los elementos de un documento. Un documento sin títulos de Markdown se lee como texto llano."""
    return _con_id(numero, _de_markdown(texto) if _titulos(texto) else _de_llano(texto))


def secciones(texto: str) -> list[str]:
    """Devuelve los números de sección de un documento con títulos, en orden."""
    titulos = _titulos(texto)
    contador = _Secciones(_numerado(titulos))
    return [contador.entrar(*titulo) for titulo in titulos]


def _numerado(titulos: list[tuple[int, str]]) -> bool:
    return any(nivel == 1 and _NUMERO.match(titulo) for nivel, titulo in titulos)


def _leer(carpeta: Path, numero: str) -> str:
    return next(iter(sorted(carpeta.glob(f"{numero}_*.md")))).read_text(encoding="utf-8")


class _Secciones:
    """Nombra las secciones: por su número; si no lo llevan, por su orden o, fuera de la numeración, por su título."""

    def __init__(self, numerado: bool) -> None:
        self._numerado = numerado
        self._pila: list[int] = []
        self._ajena = ""

    @property
    def actual(self) -> str:
        return ".".join(filter(None, (self._ajena, *map(str, self._pila)))) or PREAMBULO

    def entrar(self, nivel: int, titulo: str) -> str:
        escrito = _NUMERO.match(titulo)
        if nivel == 1 and self._numerado and not escrito:
            self._ajena, self._pila = lema(titulo), []
            return self.actual
        if escrito and escrito[1].count(".") + 1 == nivel:
            self._ajena, self._pila = "", [int(n) for n in escrito[1].split(".")]
            return self.actual
        hondo = nivel - (1 if self._ajena else 0)
        self._pila = [*self._pila[:hondo], *[0] * (hondo - len(self._pila))]
        self._pila[-1] += 1
        return self.actual


def _titulos(texto: str) -> list[tuple[int, str]]:
    return [(len(t[1]) - 1, t[2]) for linea in texto.splitlines() if (t := _TITULO.match(linea))]


def _de_llano(texto: str) -> Iterator[tuple[str, Hallazgo]]:
    seccion = 0
    for linea in texto.splitlines():
        recta = limpio(linea)
        if recta in TITULOS_LLANOS:
            seccion += 1
        elif recta and recta not in SUBTITULOS_LLANOS:
            yield str(seccion), ("texto", recta, recta)


def _de_markdown(texto: str) -> Iterator[tuple[str, Hallazgo]]:
    contador = _Secciones(_numerado(_titulos(texto)))
    lenguaje: str | None = None
    bloque: list[str] = []
    en_tabla = False
    for linea in texto.splitlines():
        if valla := _VALLA.match(linea):
            if lenguaje is not None:
                yield from ((contador.actual, h) for h in de_bloque(lenguaje, bloque))
            lenguaje, bloque = (valla[1], []) if lenguaje is None else (None, [])
        elif lenguaje is not None:
            bloque.append(linea)
        elif titulo := _TITULO.match(linea):
            contador.entrar(len(titulo[1]) - 1, titulo[2])
        elif (fila := celdas(linea)) is not None:
            if en_tabla and not es_separador(fila):
                yield contador.actual, ("tabla", " ".join(fila[:2]), " | ".join(fila))
            en_tabla = True  # la primera fila es la cabecera
        else:
            en_tabla = False
            yield from ((contador.actual, h) for h in (*de_prosa(linea), *de_arbol(linea)))


def _con_id(numero: str, hallazgos: Iterable[tuple[str, Hallazgo]]) -> list[Elemento]:
    usados: dict[str, int] = {}
    elementos: list[Elemento] = []
    for seccion, (tipo, nombre, texto) in hallazgos:
        if tipo == "regla" and seccion in SIN_REGLAS:
            continue
        base = f"{numero}-{seccion}-{tipo}-{lema(nombre)}"
        usados[base] = usados.get(base, 0) + 1
        sufijo = f"~{usados[base]}" if usados[base] > 1 else ""
        elementos.append(Elemento(base + sufijo, tipo, recortado(texto)))
    return elementos


def lema(texto: str) -> str:
    """Devuelve el texto en minúsculas ASCII, con guiones y corto, para formar un identificador."""
    llano = unicodedata.normalize("NFKD", texto).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9_.]+", "-", llano).strip("-.")[:LARGO_DE_ID].strip("-.")


def recortado(texto: str) -> str:
    """Devuelve el texto, cortado si es largo."""
    return texto if len(texto) <= LARGO_DE_TEXTO else texto[: LARGO_DE_TEXTO - 1].rstrip() + "…"
