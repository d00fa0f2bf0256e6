"""Posts from before settlements had types: the first check tells them, once, and their regions stay."""

from __future__ import annotations

from builders import make_item, make_opinion
from sqlite_utils import Database

from monitor import settings
from monitor.settling import settle
from monitor.store import Store

SHIPPED = settings.load(settings.shipped_config().parent)


def test_posts_of_an_older_version_are_told_once(tmp_path):
    file = tmp_path / "senim.db"
    city, village, nowhere = (
        make_item(n, text=f"{place} полиция приехала на вызов быстро, жители довольны.", regions=("KZ-10",))
        for n, place in enumerate(("В Семее", "В селе Бородулиха области Абай", "Вчера вечером"))
    )
    with Store.open(file) as store:
        store.add(store.begin("import"), [city, village, nowhere])
        store.add_opinions([make_opinion(item.post) for item in (city, village, nowhere)])
    database = Database(file)
    database["post_settlement"].drop()
    database.execute("ALTER TABLE post DROP COLUMN settlements")
    database["_sqlite_migrations"].delete_where("name = ?", ["008 settlements"])
    database.close()
    with Store.open(file) as store:
        assert [judged.settlements for judged in store.judged()] == [(), (), ()]
        assert settle(store, SHIPPED) == 3
        assert settle(store, SHIPPED) == 0
        told = {judged.post_id: judged.settlements for judged in store.judged()}
        assert told == {city.post.id: ("centre",), village.post.id: ("village",), nowhere.post.id: ()}
        assert {post.id for post in store.posts(settlement="village")} == {village.post.id}
        assert {judged.regions for judged in store.judged()} == {("KZ-10",)}
        assert store.check() == ()
