"""Elección del mejor activo: la regla del diseño, pura.

Entre los activos abiertos y frescos cuya señal cruda pasa ``umbral_senal``, el de mayor valor esperado por unidad
apostada::

    EV = p·(1 + pago) − 1          equilibrio: p₀ = 1/(1 + pago)

con ``pago`` la ganancia neta por unidad (0,95 si 1 se convierte en 1,95). Con ``exigir_ventaja`` solo valen aquellos
cuya cota inferior de p, corregida por el número de candidatos (Bonferroni), llega al equilibrio; sin ella se elige el
mejor aunque EV < 0.
"""

from collections.abc import Sequence

import msgspec

from dominio.senales import Senal
from trading.motor_senales.estadistica import cota_inferior
from trading.motor_senales.parametros import ParametrosSenales

_MOTIVOS = {
    "CERRADO": "el mercado está cerrado o suspendido",
    "SIN_DATOS": "todavía no ha llegado ningún tick",
    "RANCIO": "su último tick tiene {valor:.1f} s y se admiten {limite:.1f} s",
    "CALENTANDO": "los indicadores aún no tienen datos suficientes",
    "DEBIL": "señal débil: fuerza {valor:.2f} y el umbral es {limite:.2f}",
    "SIN_PAGO": "no se conoce su pago",
    "PAGO_BAJO": "paga {valor:.3f} por unidad y se piden {limite:.3f}",
    "SIN_VENTAJA": "sin ventaja demostrada: la cota inferior del acierto es {valor:.1%} y hace falta {limite:.1%}",
    "MENOR_EV": "otro activo promete más: {valor:+.2%} del monto frente a {limite:+.2%}",
}
CODIGOS_DESCARTE = tuple(_MOTIVOS)


class Candidato(msgspec.Struct, frozen=True, gc=False):
    """Un activo tal como está ahora. ``senal`` None con ``listo`` quiere decir señal nula; sin él, calentamiento.

    ``muestras``: observaciones efectivas tras la probabilidad; ``edad_ms`` None si nunca hubo tick; ``pago_neto`` None
    si no se conoce.
    """

    simbolo: str
    abierto: bool
    edad_ms: int | None
    listo: bool
    senal: Senal | None
    muestras: float
    pago_neto: float | None


class Descarte(msgspec.Struct, frozen=True, gc=False):
    """Por qué un activo se quedó fuera: código estable y las dos cifras que lo explican."""

    simbolo: str
    codigo: str
    valor: float = 0.0
    limite: float = 0.0

    @property
    def frase(self) -> str:
        """Devuelve el motivo en español, con coma decimal."""
        motivo = _MOTIVOS[self.codigo].format(valor=self.valor, limite=self.limite)
        return f"{self.simbolo}: {motivo.replace('.', ',').replace('%', ' %').replace('-', '−')}."


class Cifras(msgspec.Struct, frozen=True):
    """Las cuentas de un candidato: probabilidades y EV en tanto por uno."""

    simbolo: str
    probabilidad: float
    probabilidad_baja: float
    equilibrio: float
    esperado: float
    pago_neto: float

    @property
    def ventaja_demostrada(self) -> bool:
        """Devuelve si la cota inferior corregida llega al punto de equilibrio."""
        return self.probabilidad_baja >= self.equilibrio


class Eleccion(msgspec.Struct, frozen=True, kw_only=True):
    """El resultado: ``senal`` es la elegida (None: no se entra) y ``cifras`` las del mejor candidato, elegido o no.

    La señal elegida lleva en ``probabilidad_baja`` la cota corregida por el número de ``candidatos``.
    """

    senal: Senal | None
    cifras: Cifras | None
    candidatos: int
    descartes: tuple[Descarte, ...]

    def frase(self, *, sintetico: bool = True) -> str:
        """Devuelve lo que enseña el panel: qué acierto se espera, cuál haría falta y qué se gana o pierde."""
        if self.cifras is None:
            return " ".join(["Sin entrada.", *(d.frase for d in self.descartes)])
        return frase_cifras(self.cifras, sintetico=sintetico)


def esperado(probabilidad: float, pago_neto: float) -> float:
    """Devuelve el valor esperado por unidad apostada: p·(1 + pago) − 1."""
    return probabilidad * (1.0 + pago_neto) - 1.0


def equilibrio(pago_neto: float) -> float:
    """Devuelve la probabilidad de acierto con la que ni se gana ni se pierde: 1/(1 + pago)."""
    return 1.0 / (1.0 + pago_neto)


def por_ciento(fraccion: float) -> str:
    """Devuelve un tanto por uno como «49,9 %», con coma decimal y signo menos tipográfico."""
    texto = f"{fraccion * 100.0:.1f}".replace(".", ",")
    return ("0,0" if texto == "-0,0" else texto.replace("-", "−")) + " %"


def frase_cifras(cifras: Cifras, *, sintetico: bool = True) -> str:
    """Devuelve la frase del panel para unas cifras; en índices sintéticos recuerda que son azar."""
    if sintetico:
        final = "En índices sintéticos ninguna señal tiene ventaja demostrada."
    elif cifras.ventaja_demostrada:
        final = f"La cota inferior del acierto, {por_ciento(cifras.probabilidad_baja)}, supera lo necesario."
    else:
        final = "La ventaja de esta señal no está demostrada."
    return (
        f"Acierto calibrado {por_ciento(cifras.probabilidad)}; "
        f"para no perder hace falta {por_ciento(cifras.equilibrio)}; "
        f"resultado esperado {por_ciento(cifras.esperado)} del monto. {final}"
    )


def elegir(candidatos: Sequence[Candidato], parametros: ParametrosSenales) -> Eleccion:
    """Devuelve el mejor activo según la regla, o ninguno, con el motivo de cada uno que se quedó fuera.

    A igual valor esperado gana la señal más fuerte y, después, el que venga antes en ``candidatos``.
    """
    descartes: list[Descarte] = []
    validos: list[tuple[Candidato, Senal, float]] = []
    for candidato in candidatos:
        motivo = _filtro(candidato, parametros)
        if motivo is not None:
            descartes.append(motivo)
        elif candidato.senal is not None and candidato.pago_neto is not None:
            validos.append((candidato, candidato.senal, candidato.pago_neto))
    if not validos:
        return Eleccion(senal=None, cifras=None, candidatos=0, descartes=tuple(descartes))
    if parametros.exigir_ventaja:
        return _elegir_con_ventaja(validos, descartes, parametros)
    mejor = max(validos, key=_orden)
    cifras = _cifras(*mejor, len(validos), parametros)
    _descartar_menores(validos, mejor, cifras, descartes)
    return _eleccion(mejor[1], cifras, len(validos), descartes)


def _filtro(candidato: Candidato, parametros: ParametrosSenales) -> Descarte | None:
    simbolo, senal, edad = candidato.simbolo, candidato.senal, candidato.edad_ms
    if not candidato.abierto:
        return Descarte(simbolo, "CERRADO")
    if edad is None:
        return Descarte(simbolo, "SIN_DATOS")
    if edad > parametros.edad_max_ms:
        return Descarte(simbolo, "RANCIO", edad / 1000.0, parametros.edad_max_ms / 1000.0)
    if not candidato.listo:
        return Descarte(simbolo, "CALENTANDO")
    if senal is None or senal.fuerza < parametros.umbral_senal:
        return Descarte(simbolo, "DEBIL", 0.0 if senal is None else senal.fuerza, parametros.umbral_senal)
    return _filtro_pago(simbolo, candidato.pago_neto, parametros.pago_neto_min)


def _filtro_pago(simbolo: str, pago: float | None, minimo: float) -> Descarte | None:
    if pago is None or not pago > 0.0:
        return Descarte(simbolo, "SIN_PAGO")
    return Descarte(simbolo, "PAGO_BAJO", pago, minimo) if pago < minimo else None


def _orden(valido: tuple[Candidato, Senal, float]) -> tuple[float, float]:
    return valido[1].probabilidad * (1.0 + valido[2]), valido[1].fuerza


def _cifras(candidato: Candidato, senal: Senal, pago: float, cuantos: int, parametros: ParametrosSenales) -> Cifras:
    baja = cota_inferior(senal.probabilidad, candidato.muestras, parametros.confianza, cuantos)
    return Cifras(
        candidato.simbolo, senal.probabilidad, baja, equilibrio(pago), esperado(senal.probabilidad, pago), pago
    )


def _elegir_con_ventaja(
    validos: list[tuple[Candidato, Senal, float]], descartes: list[Descarte], parametros: ParametrosSenales
) -> Eleccion:
    cuantos = len(validos)
    con_ventaja = []
    for valido in validos:
        cifras = _cifras(*valido, cuantos, parametros)
        if cifras.ventaja_demostrada:
            con_ventaja.append(valido)
        else:
            descartes.append(Descarte(cifras.simbolo, "SIN_VENTAJA", cifras.probabilidad_baja, cifras.equilibrio))
    if not con_ventaja:
        return _eleccion(None, _cifras(*max(validos, key=_orden), cuantos, parametros), cuantos, descartes)
    mejor = max(con_ventaja, key=_orden)
    cifras = _cifras(*mejor, cuantos, parametros)
    _descartar_menores(con_ventaja, mejor, cifras, descartes)
    return _eleccion(mejor[1], cifras, cuantos, descartes)


def _descartar_menores(
    validos: list[tuple[Candidato, Senal, float]],
    mejor: tuple[Candidato, Senal, float],
    cifras: Cifras,
    descartes: list[Descarte],
) -> None:
    for otro in validos:
        if otro is not mejor:
            valor = esperado(otro[1].probabilidad, otro[2])
            descartes.append(Descarte(otro[0].simbolo, "MENOR_EV", valor, cifras.esperado))


def _eleccion(senal: Senal | None, cifras: Cifras, cuantos: int, descartes: list[Descarte]) -> Eleccion:
    elegida = None if senal is None else msgspec.structs.replace(senal, probabilidad_baja=cifras.probabilidad_baja)
    return Eleccion(senal=elegida, cifras=cifras, candidatos=cuantos, descartes=tuple(descartes))
