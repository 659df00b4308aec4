"""Las peticiones que admite cada dialecto, escritas como tablas: claves, obligatorias, tipos y valores."""

from collections.abc import Mapping

from laboratorio.deriv.validacion import (
    Tabla,
    Validador,
    cualquiera,
    entero,
    lista,
    objeto,
    real,
    texto,
    uno_de,
)

_COMUNES = (
    *("ACCU", "ASIAND", "ASIANU", "CALL", "CALLE", "DIGITDIFF", "DIGITEVEN", "DIGITMATCH", "DIGITODD", "DIGITOVER"),
    *("DIGITUNDER", "EXPIRYMISS", "EXPIRYMISSE", "EXPIRYRANGE", "EXPIRYRANGEE", "MULTDOWN", "MULTUP", "NOTOUCH"),
    *("ONETOUCH", "PUT", "PUTE", "RANGE", "RESETCALL", "RESETPUT", "RUNHIGH", "RUNLOW", "TICKHIGH", "TICKLOW"),
    *("TURBOSLONG", "TURBOSSHORT", "UPORDOWN", "VANILLALONGCALL", "VANILLALONGPUT"),
)
_NUEVOS = uno_de(*_COMUNES, "HIGHER", "LOWER")
_ANTIGUOS = (*_COMUNES, "CALLSPREAD", "PUTSPREAD", "LBFLOATCALL", "LBFLOATPUT", "LBHIGHLOW")
_V3 = uno_de(*_ANTIGUOS)
_V3_CON_NIEVE = uno_de(*_ANTIGUOS, "SNOWDOWN", "SNOWUP")

_uno = entero(1)
_cero_uno = entero(0, 1)
_simbolo = texto(r"^\w{2,30}$")
_moneda = texto(r"^[a-zA-Z0-9]{2,20}$")
_barrera = texto(r"^(?=.{1,20}$)[+-]?[0-9]+\.?[0-9]*$")
_fecha = texto(r"^([0-9]{4}-(0?[1-9]|1[012])-(0?[1-9]|[12][0-9]|3[01])|[0-9]{1,10})$")
_epoch = entero(minimo=0, maximo=9_999_999_999)
_epoch1 = entero(minimo=1, maximo=9_999_999_999)
_id = texto(r"^[\w-]{32,128}$")
_empresa = uno_de("iom", "malta", "maltainvest", "svg", "virtual", "vanuatu")
_testigo = texto(r"^[\w\-]{1,128}$")

_COMUN: dict[str, Validador] = {"passthrough": objeto(), "req_id": entero()}
_LOGIN: dict[str, Validador] = {"loginid": texto(r"^[A-Za-z]+[0-9]+$")}
_GRANULARIDADES = (60, 120, 180, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)

_FLUJOS_NUEVOS = uno_de(
    "balance", "candles", "cashier_payments", "proposal", "proposal_open_contract", "ticks", "transaction"
)
_FLUJOS_V3 = uno_de(
    *("balance", "candles", "cashier_payments", "p2p_advert", "p2p_advertiser", "p2p_order", "proposal"),
    *("proposal_open_contract", "ticks", "transaction", "trading_platform_asset_listing", "website_status"),
    *("p2p_settings", "crypto_estimations"),
)


def _tabla(obligatorias: str, **claves: Validador) -> Tabla:
    return Tabla({**claves, **_COMUN}, tuple(obligatorias.split()))


def _contrato(tipos: Validador, minimo_vence: int, **otras: Validador) -> dict[str, Validador]:
    limites = Tabla({"stop_loss": real(), "take_profit": real()})
    return {
        "amount": real(0),
        "barrier": _barrera,
        "barrier2": _barrera,
        "basis": uno_de("payout", "stake"),
        "cancellation": texto(r"^\w+$"),
        "contract_type": tipos,
        "currency": _moneda,
        "date_expiry": entero(minimo=minimo_vence, maximo=9_999_999_999),
        "duration": entero(minimo=0, maximo=99_999_999),
        "duration_unit": uno_de("d", "m", "s", "h", "t"),
        "growth_rate": real(),
        "limit_order": objeto(limites),
        "multiplier": real(0),
        "payout_per_point": real(),
        "selected_tick": entero(),
        **otras,
    }


_DE_V3: dict[str, Validador] = {
    "barrier_range": uno_de("tight", "middle", "wide"),
    "date_start": _epoch,
    "product_type": uno_de("basic"),
    "symbol": _simbolo,
    "trade_risk_profile": uno_de("low", "medium", "high"),
}


def _parametros(tipos: Validador, **otras: Validador) -> Validador:
    simbolo = "symbol" if "symbol" in otras else "underlying_symbol"
    claves = _contrato(tipos, 1, app_markup_percentage=real(), **otras)
    return objeto(Tabla(claves, ("contract_type", "currency", simbolo)))


def _historial() -> Tabla:
    return _tabla(
        "ticks_history end",
        ticks_history=_simbolo,
        adjust_start_time=_uno,
        count=entero(),
        end=texto(r"^(latest|[0-9]{1,10})$"),
        granularity=entero(*_GRANULARIDADES),
        start=_epoch,
        style=uno_de("candles", "ticks"),
        subscribe=_uno,
    )


_IGUALES = {
    "ping": _tabla("ping", ping=_uno),
    "time": _tabla("time", time=_uno),
    "ticks": _tabla("ticks", ticks=cualquiera(_simbolo, lista(_simbolo)), subscribe=_uno),
    "ticks_history": _historial(),
    "forget": _tabla("forget", forget=_id),
    "trading_times": _tabla("trading_times", trading_times=texto(r"^([0-9]{4}-[0-9]{1,2}-[0-9]{1,2}|today)$")),
    "logout": _tabla("logout", logout=_uno, **_LOGIN),
}
_FECHAS: dict[str, Validador] = {"date_from": _epoch, "date_to": _epoch}
_TABLA_BENEFICIOS: dict[str, Validador] = {
    "profit_table": _uno,
    "date_from": _fecha,
    "date_to": _fecha,
    "description": _cero_uno,
    "limit": real(0, 500),
    "offset": entero(minimo=0),
    "sort": uno_de("ASC", "DESC"),
}
_EXTRACTO: dict[str, Validador] = {
    "statement": _uno,
    "description": _cero_uno,
    "limit": real(0, 999),
    "offset": entero(minimo=0),
    **_FECHAS,
}
_ABIERTO: dict[str, Validador] = {"proposal_open_contract": _uno, "contract_id": entero(), "subscribe": _uno}
_COMPRA: dict[str, Validador] = {"buy": texto(r"^(?:[\w-]{32,128}|1)$"), "price": real(0), "subscribe": _uno}

NUEVA: Mapping[str, Tabla] = {
    **_IGUALES,
    "active_symbols": _tabla("active_symbols", active_symbols=uno_de("full", "brief"), contract_type=lista(_NUEVOS)),
    "contracts_for": _tabla("contracts_for", contracts_for=_simbolo),
    "contracts_list": _tabla("contracts_list", contracts_list=_uno),
    "proposal": _tabla(
        "proposal contract_type currency underlying_symbol",
        proposal=_uno,
        subscribe=_uno,
        **_contrato(_NUEVOS, 0, underlying_symbol=_simbolo),
    ),
    "buy": _tabla("buy price", parameters=_parametros(_NUEVOS, underlying_symbol=_simbolo), **_COMPRA),
    "sell": _tabla("sell price", sell=entero(), price=real()),
    "proposal_open_contract": _tabla("proposal_open_contract", **_ABIERTO),
    "portfolio": _tabla("portfolio", portfolio=_uno, contract_type=lista(_NUEVOS)),
    "profit_table": _tabla("profit_table", contract_type=lista(_NUEVOS), **_TABLA_BENEFICIOS),
    "statement": _tabla("statement", action_type=uno_de("buy", "sell", "deposit", "withdrawal"), **_EXTRACTO),
    "balance": _tabla("balance", balance=_uno, subscribe=_cero_uno),
    "transaction": _tabla("transaction subscribe", transaction=_uno, subscribe=_uno),
    "forget_all": _tabla("forget_all", forget_all=cualquiera(_FLUJOS_NUEVOS, lista(_FLUJOS_NUEVOS))),
}

_ACCIONES_V3 = uno_de("buy", "sell", "deposit", "withdrawal", "escrow", "adjustment", "virtual_credit", "transfer")
_CATEGORIAS_V3 = uno_de("american", "asian", "euro_atm", "euro_non_atm", "non_financial", "lookback", "reset")
_EMPRESAS: dict[str, Validador] = {"landing_company": _empresa, "landing_company_short": _empresa}

V3: Mapping[str, Tabla] = {
    **_IGUALES,
    "authorize": _tabla(
        "authorize", authorize=_testigo, add_to_login_history=_cero_uno, tokens=lista(_testigo, maximo=25)
    ),
    "active_symbols": _tabla(
        "active_symbols",
        active_symbols=uno_de("brief", "full"),
        barrier_category=lista(_CATEGORIAS_V3),
        contract_type=lista(_V3_CON_NIEVE),
        product_type=uno_de("basic"),
        **_EMPRESAS,
        **_LOGIN,
    ),
    "contracts_for": _tabla(
        "contracts_for",
        contracts_for=_simbolo,
        currency=_moneda,
        product_type=uno_de("basic"),
        **_EMPRESAS,
        **_LOGIN,
    ),
    "proposal": _tabla(
        "proposal contract_type currency symbol",
        proposal=_uno,
        subscribe=_uno,
        **_contrato(_V3_CON_NIEVE, 0, trading_period_start=entero(), **_DE_V3),
        **_LOGIN,
    ),
    "buy": _tabla(
        "buy price", parameters=_parametros(_V3, trading_period_start=_epoch1, **_DE_V3), **_COMPRA, **_LOGIN
    ),
    "sell": _tabla("sell price", sell=entero(), price=real(), **_LOGIN),
    "proposal_open_contract": _tabla("proposal_open_contract", **_ABIERTO, **_LOGIN),
    "portfolio": _tabla("portfolio", portfolio=_uno, contract_type=lista(_V3), **_LOGIN),
    "profit_table": _tabla("profit_table", contract_type=lista(_V3), **_TABLA_BENEFICIOS, **_LOGIN),
    "statement": _tabla("statement", action_type=_ACCIONES_V3, **_EXTRACTO, **_LOGIN),
    "balance": _tabla(
        "balance", balance=_uno, subscribe=_cero_uno, account=texto(r"^(current|all|[A-Z]{2,4}[0-9]{1,10})$"), **_LOGIN
    ),
    "transaction": _tabla("transaction subscribe", transaction=_uno, subscribe=_uno, **_LOGIN),
    "forget_all": _tabla("forget_all", forget_all=cualquiera(_FLUJOS_V3, lista(_FLUJOS_V3))),
    "topup_virtual": _tabla("topup_virtual", topup_virtual=_uno, **_LOGIN),
    "website_status": _tabla("website_status", website_status=_uno, subscribe=_cero_uno),
}
