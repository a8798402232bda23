from __future__ import annotations

import numpy as np
import pandas as pd

from custseg.playbook import plans
from custseg.recommendations.shelves import BEST_SELLERS

TIMES = pd.DataFrame(
    {
        "segment": [1, 1, 1, 2, 3, 4],
        "weekday": [3, 3, 1, 0, 6, 6],
        "hour": [10, 11, 10, 18, 18, 18],
        "orders": [2, 2, 3, 9, 9, 9],
    }
)


SHELF = pd.DataFrame(
    {
        "segment": [1, 1],
        "list": BEST_SELLERS,
        "rank": [1, 2],
        "product_id": ["p1", "p0"],
        "description": ["PRODUCT 1", "PRODUCT 0"],
    }
)


def members() -> pd.DataFrame:
    base = {"gap_days_mean": 20.0}
    kinds = {
        (1, "Champions"): (5, 20, 8000.0, 350, 400.0, 10),
        (2, "New"): (10, 1, 90.0, 12, 90.0, 40),
        (3, "Slipping"): (200, 4, 900.0, 360, 225.0, 15),
        (4, "Gone"): (300, 1, 40.0, 300, 40.0, 15),
    }
    names = ["recency_days", "frequency", "monetary", "tenure_days", "average_order_value"]
    return pd.DataFrame(
        [
            {"segment": segment, "segment_name": name}
            | dict(zip(names, values[:5], strict=True))
            | base
            | ({"gap_days_mean": np.nan} if values[1] == 1 else {})
            for (segment, name), values in kinds.items()
            for _ in range(values[5])
        ]
    )


def test_plans_follow_from_the_segments_figures():
    found = plans(members(), SHELF, TIMES).set_index("segment_name")
    assert found["objective"].to_dict() == {
        "Champions": "Protect",
        "New": "Win the second order",
        "Slipping": "Win back",
        "Gone": "One last try, then let go",
    }
    champions = found.loc["Champions"]
    assert "20 orders" in champions["because"]
    assert "12.5% of customers" in champions["because"]
    assert champions["products"] == "Their best-sellers: PRODUCT 1; PRODUCT 0."
    assert champions["timing"].startswith("They order most on Thursdays around 10:00; those who")
    assert "1 customers drawn at random" in champions["measure"]
    assert "nobody has come back yet" in found.loc["Gone", "timing"]


def test_no_sentence_of_a_plan_fits_another_segment():
    found = plans(members(), SHELF, TIMES)
    for column in ("because", "message", "offer"):
        assert found[column].is_unique
