"""El conjunto: junta los componentes de ticks y de velas de UN activo en una sola opinión cruda, en [−1, 1]."""

from dominio.velas import Tick, Vela
from indicadores.incremental import CambioMedio
from indicadores.velas import ConstructorVelas
from trading.motor_senales.base import Componente
from trading.motor_senales.bollinger import Bollinger
from trading.motor_senales.cruce_ema import CruceEma
from trading.motor_senales.macd import Macd
from trading.motor_senales.momento import Momento
from trading.motor_senales.parametros import ParametrosSenales
from trading.motor_senales.rsi import Rsi

# Datos sobre los que se mide el ruido de un paso: los bastantes para no temblar y los menos para seguir al mercado.
PERIODO_RUIDO = 20
_RUIDO_MINIMO = 1e-12


def componentes(parametros: ParametrosSenales) -> tuple[tuple[Componente, float], ...]:
    """Devuelve los componentes con peso, recién creados, en orden fijo."""
    todos: tuple[Componente, ...] = (
        CruceEma(parametros.cruce_ema),
        Rsi(parametros.rsi),
        Macd(parametros.macd),
        Bollinger(parametros.bollinger),
        Momento(parametros.momento),
    )
    return tuple((c, peso) for c in todos if (peso := parametros.pesos.get(c.codigo, 0.0)) > 0.0)


class Escala:
    """Una escala de tiempo (ticks o velas): sus componentes y la media ponderada de sus fuerzas."""

    __slots__ = ("_actualizadores", "_codigos", "_ruido", "datos_necesarios", "fuerza", "fuerzas")

    def __init__(self, parametros: ParametrosSenales) -> None:
        activos = componentes(parametros)
        total = sum(peso for _, peso in activos)
        self._codigos = tuple(c.codigo for c, _ in activos)
        self._actualizadores = tuple((c.actualizar, peso / total) for c, peso in activos)
        self._ruido = CambioMedio(PERIODO_RUIDO)
        self.datos_necesarios = max(PERIODO_RUIDO + 1, *(c.datos_necesarios for c, _ in activos))
        self.fuerza: float | None = None
        self.fuerzas: list[float] = []

    def actualizar(self, precio: float) -> float | None:
        """Devuelve la fuerza de la escala, o None mientras a alguno de sus componentes le falten datos."""
        medido = self._ruido.actualizar(precio)
        # Un mercado parado mucho tiempo deja un ruido residual menor que la precisión del precio: es cero.
        ruido = 0.0 if medido is None or medido < precio * _RUIDO_MINIMO else medido
        listo = medido is not None
        total = 0.0
        fuerzas = []
        for actualizar, peso in self._actualizadores:
            fuerza = actualizar(precio, ruido)
            if fuerza is None:
                listo = False
            else:
                total += fuerza * peso
                fuerzas.append(fuerza)
        self.fuerzas = fuerzas
        self.fuerza = total if listo else None
        return self.fuerza

    def por_codigo(self, sufijo: str) -> dict[str, float]:
        """Devuelve la fuerza de cada componente, con el nombre de la escala detrás («rsi_ticks»)."""
        return {f"{c}_{sufijo}": f for c, f in zip(self._codigos, self.fuerzas, strict=False)}


class Conjunto:
    """La opinión de un activo. ``crudo`` en [−1, 1], o None mientras alguna escala con peso se calienta.

    No se opina con media plantilla: que la mezcla cambiara sola al calentarse haría incomparables sus aciertos.
    """

    __slots__ = ("_constructor", "_peso_ticks", "_peso_velas", "_ticks", "_ultima_vela_ms", "_velas", "crudo")

    def __init__(self, parametros: ParametrosSenales) -> None:
        total = parametros.peso_ticks + parametros.peso_velas
        self._peso_ticks = parametros.peso_ticks / total
        self._peso_velas = parametros.peso_velas / total
        self._ticks = Escala(parametros)
        self._velas = Escala(parametros)
        self._constructor = ConstructorVelas(parametros.vela_s)
        self._ultima_vela_ms = -1
        self.crudo: float | None = None

    def agregar(self, tick: Tick) -> float | None:
        """Devuelve la opinión cruda con el tick nuevo; si el tick cierra una vela, la vela entra antes que él."""
        if self._peso_velas:
            vela = self._constructor.agregar(tick)
            if vela is not None:
                self.agregar_vela(vela)
        por_ticks = self._ticks.actualizar(tick.precio) if self._peso_ticks else 0.0
        por_velas = self._velas.fuerza if self._peso_velas else 0.0
        if por_ticks is None or por_velas is None:
            self.crudo = None
        else:
            self.crudo = por_ticks * self._peso_ticks + por_velas * self._peso_velas
        return self.crudo

    def agregar_vela(self, vela: Vela) -> None:
        """Incorpora una vela CERRADA posterior a la última; las repetidas o anteriores no cuentan."""
        if vela.epoch_ms > self._ultima_vela_ms:
            self._ultima_vela_ms = vela.epoch_ms
            self._velas.actualizar(vela.cierre)

    def por_componente(self) -> dict[str, float]:
        """Devuelve la fuerza de cada componente en cada escala."""
        partes = self._ticks.por_codigo("ticks") if self._peso_ticks else {}
        return partes | self._velas.por_codigo("velas") if self._peso_velas else partes


def ticks_calentamiento(parametros: ParametrosSenales, intervalo_ms: int) -> int:
    """Devuelve cuántos ticks pasados, a ``intervalo_ms`` de media, bastan para la primera señal."""
    datos = Escala(parametros).datos_necesarios
    por_ticks = datos if parametros.peso_ticks else 1
    # Una vela más por la primera, que casi siempre está a medias, y otra por la que cierra.
    por_velas = -(-(datos + 2) * parametros.vela_s * 1000 // intervalo_ms) if parametros.peso_velas else 1
    return max(por_ticks, por_velas)
