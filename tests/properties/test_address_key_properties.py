"""No range swallows an address of another area, whatever the numbers and areas are."""

from hypothesis import given, settings
from hypothesis import strategies as st

from sozialraum.methods.house_numbers import ranges, read_number

SUFFIXES = st.sampled_from(["", "", "", "a", "b", " 1/2", "/2", "aa", "-", ".", " a-c"])
ENDS = st.one_of(st.just(""), st.integers(1, 40).map(lambda n: f"-{n}"))
WRITTEN = st.builds(lambda n, s, e: f"{n}{s}{e}", st.integers(0, 30), SUFFIXES, ENDS)
STREET = st.dictionaries(WRITTEN, st.sampled_from(["A", "B", "C", ""]), max_size=14)


def as_numbers(street):
    """Return numbers with their owner; what reads alike is one number."""
    return {read_number(written): owner for written, owner in street.items()}


@given(STREET)
@settings(max_examples=300, deadline=None)
def test_every_number_is_in_ranges_of_its_owner_and_in_no_others(street):
    numbers = as_numbers(street)
    found = ranges(numbers.items())
    for number, owner in numbers.items():
        holding = {one.owner for one in found if one.holds(number)}
        assert holding == ({owner} if owner else set())


@given(STREET)
@settings(max_examples=200, deadline=None)
def test_ends_of_ranges_are_read_back_as_they_were(street):
    for one in ranges(as_numbers(street).items()):
        assert read_number(str(one.first)) == one.first
        assert read_number(str(one.last)) == one.last


@given(STREET, st.randoms(use_true_random=False))
@settings(max_examples=100, deadline=None)
def test_the_order_of_the_rows_does_not_matter(street, random):
    pairs = list(as_numbers(street).items())
    shuffled = random.sample(pairs, len(pairs))
    assert ranges(pairs) == ranges(shuffled)


@given(st.text(max_size=12))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_and_read_again_alike(text):
    number = read_number(text)
    assert read_number(str(number)) == number
