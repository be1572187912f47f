"""Times, zones, calendars, decimals, rates and quantiles: answers from outside."""

import datetime as dt
import math
import pickle

import numpy as np
import pandas as pd
import pytest

import constellation as cstn
from constellation.errors import (
    ArithmeticOverflowError,
    CorruptError,
    FormatError,
    InvalidArgumentError,
    NotFoundError,
)

UTC = dt.timezone.utc
MOMENT = dt.datetime(2018, 8, 31, 12, 0, 0, 7, tzinfo=UTC)
MOMENT_US = 1535716800000007


@pytest.mark.parametrize(
    "value",
    [
        MOMENT,
        MOMENT.astimezone(dt.timezone(dt.timedelta(hours=-3))),
        "2018-08-31T12:00:00.000007Z",
        "2018-08-31 17:30:00.000007+05:30",
        MOMENT_US,
        np.int64(MOMENT_US),
        np.datetime64("2018-08-31T12:00:00.000007"),
        pd.Timestamp(MOMENT),
    ],
)
def test_every_way_to_write_an_instant_is_the_same_instant(value) -> None:
    assert cstn.to_us(value) == MOMENT_US


def test_a_date_is_its_midnight_in_utc() -> None:
    assert cstn.to_us(dt.date(1970, 1, 2)) == 86_400_000_000


def test_times_before_1970_and_far_away_are_exact() -> None:
    for moment in (dt.datetime(1, 1, 1, tzinfo=UTC), dt.datetime.max.replace(tzinfo=UTC)):
        assert cstn.to_datetime(cstn.to_us(moment)) == moment


def test_a_datetime_without_zone_is_refused_and_the_message_mends_it() -> None:
    with pytest.raises(InvalidArgumentError, match=r"no zone; say .*replace\(tzinfo="):
        cstn.to_us(dt.datetime(2018, 8, 31))


def test_nanoseconds_are_refused_and_never_cut() -> None:
    with pytest.raises(InvalidArgumentError, match="finer than a microsecond"):
        cstn.to_us(pd.Timestamp("2018-08-31T12:00:00.000000001Z"))


@pytest.mark.parametrize("missing", [pd.NaT, pd.NA, None])
def test_a_missing_time_is_refused(missing) -> None:
    with pytest.raises(InvalidArgumentError, match="as_of is missing"):
        cstn.to_us(missing, "as_of")


def test_text_that_is_no_time_names_the_text() -> None:
    with pytest.raises(FormatError, match="yesterday"):
        cstn.to_us("yesterday")


def test_days_and_dates_agree_with_the_standard_library() -> None:
    for date in (dt.date(1970, 1, 1), dt.date(2000, 2, 29), dt.date(1, 1, 1), dt.date(9999, 12, 31)):
        days = date.toordinal() - dt.date(1970, 1, 1).toordinal()
        assert cstn.days_from_civil(date.year, date.month, date.day) == days
        assert cstn.civil_from_days(days) == (date.year, date.month, date.day)


def test_a_date_that_does_not_exist_is_refused() -> None:
    with pytest.raises(InvalidArgumentError):
        cstn.days_from_civil(2023, 2, 29)


def test_offsets_of_a_zone_are_those_of_zoneinfo() -> None:
    import zoneinfo

    name = "America/Sao_Paulo"
    zone, theirs = cstn.Zone(name), zoneinfo.ZoneInfo(name)
    for month in range(1, 13):
        moment = dt.datetime(2017, month, 15, 12, tzinfo=UTC)
        offset = moment.astimezone(theirs).utcoffset()
        assert zone.offset_at(moment) == offset.total_seconds()


def test_a_zone_survives_pickling_with_its_rules() -> None:
    zone = cstn.Zone("Europe/Berlin")
    assert pickle.loads(pickle.dumps(zone)).digest == zone.digest


@pytest.mark.parametrize("text, seconds", [("UTC", 0), ("+05:30", 19800), ("-03:00", -10800)])
def test_a_fixed_zone_has_one_offset(text: str, seconds: int) -> None:
    assert cstn.Zone(text).offset_at(0) == seconds


def test_a_zone_nobody_knows_and_bytes_that_are_no_zone_are_refused() -> None:
    with pytest.raises(NotFoundError, match="Atlantis"):
        cstn.Zone("Sea/Atlantis")
    with pytest.raises(CorruptError):
        cstn.Zone(b"TZif, but not really")


def test_wall_clock_times_that_exist_twice_or_never_are_refused() -> None:
    zone = cstn.Zone("Europe/Berlin")
    for never_or_twice in ("2024-03-31T02:30", "2024-10-27T02:30"):
        with pytest.raises(FormatError):
            zone.from_wall(cstn.parse_time(never_or_twice))
    noon = cstn.parse_time("2024-07-01T12:00")
    assert zone.from_wall(noon) == noon - 2 * 3600 * 1_000_000


def test_a_calendar_counts_working_days() -> None:
    calendar = cstn.WorkingCalendar("cstn-calendar 1\nweek=1111100\noff=2024-12-25\n")
    friday, monday = dt.date(2024, 12, 20), dt.date(2024, 12, 23)
    assert calendar.is_working(friday) and not calendar.is_working(dt.date(2024, 12, 21))
    assert calendar.working_between(friday, monday) == 1
    assert calendar.next_working(dt.date(2024, 12, 25)) == dt.date(2024, 12, 26)
    assert pickle.loads(pickle.dumps(calendar)).digest == calendar.digest


def test_calendar_text_in_another_spelling_is_refused() -> None:
    with pytest.raises(FormatError):
        cstn.WorkingCalendar("cstn-calendar 1\nweek=11111\n")


def test_decimals_are_exact_or_refused() -> None:
    assert cstn.parse_decimal("-1234.50", 2) == -123450
    assert cstn.format_decimal(cstn.parse_decimal("9223372036854775807", 0), 0) == str(2**63 - 1)
    with pytest.raises(FormatError):
        cstn.parse_decimal("0.005", 2)
    with pytest.raises(ArithmeticOverflowError):
        cstn.parse_decimal("9223372036854775808", 0)
    with pytest.raises(NotFoundError):
        cstn.currency_scale("XXY")


@pytest.mark.parametrize(
    "k, n, low, high",
    [
        (81, 263, 0.255288519878, 0.366209576983),
        (15, 148, 0.062386399531, 0.160487241723),
        (0, 20, 0, 0.161125158053),
        (29, 29, 0.883030201500, 1),
        (0, 1, 0, 0.793450685623),
    ],
)
def test_wilson_intervals_are_those_of_the_tables(k, n, low, high) -> None:
    rate = cstn.rate_interval(k, n)
    assert (rate.numerator, rate.denominator, rate.value) == (k, n, k / n)
    assert math.isclose(rate.low, low, abs_tol=1e-12)
    assert math.isclose(rate.high, high, abs_tol=1e-12)


def test_a_rate_over_nothing_is_none_and_never_zero() -> None:
    rate = cstn.rate_interval(0, 0)
    assert (rate.value, rate.low, rate.high) == (None, None, None)
    assert str(rate) == "no rate (0 of 0)"


def test_more_hits_than_units_are_refused() -> None:
    with pytest.raises(InvalidArgumentError):
        cstn.rate_interval(2, 1)


@pytest.mark.parametrize("make", [list, tuple, np.array, lambda v: np.array(v, dtype=np.float32)])
def test_quantiles_are_numpys_for_type_7(make) -> None:
    values = [5.0, 1.0, 9.0, 3.0, 7.5]
    for ppm in (0, 100_000, 500_000, 900_000, 1_000_000):
        assert math.isclose(cstn.quantile(make(values), ppm, 7), np.quantile(values, ppm / 1e6))


def test_quantile_of_nothing_is_none_and_of_nan_an_error() -> None:
    assert cstn.quantile([], 500_000, 7) is None
    with pytest.raises(InvalidArgumentError):
        cstn.quantile([1.0, float("nan")], 500_000, 7)
    with pytest.raises(InvalidArgumentError):
        cstn.quantile([1.0], 500_000, "median")


def test_a_strided_array_is_read_by_its_values() -> None:
    values = np.arange(20, dtype=np.float64)[::2]
    assert cstn.quantile(values, 500_000, 7) == np.median(values)


def test_value_tiles_rank_by_value_then_id() -> None:
    values = np.array([30, 10, 20, 10], dtype=np.int64)
    assert cstn.value_tiles(values, 4).tolist() == [4, 1, 3, 2]
    assert cstn.value_tiles(values, 4, ids=[0, 9, 0, 1]).tolist() == [4, 2, 3, 1]
    with pytest.raises(InvalidArgumentError, match="4 values, but 1 ids"):
        cstn.value_tiles(values, 4, ids=[1])
    with pytest.raises(InvalidArgumentError):
        cstn.value_tiles(np.array([2**63], dtype=np.uint64), 2)
