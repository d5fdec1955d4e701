"""DAMI inside scikit-activeml, beside two of its own strategies, on one table and with one classifier.

Needs scikit-activeml: pip install scikit-activeml
"""

import numpy as np
from skactiveml.classifier import SklearnClassifier
from skactiveml.pool import Badge, CoreSet
from skactiveml.utils import MISSING_LABEL
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import train_test_split

import dami
from dami.integrations.skactiveml import DAMI
from dami.tables.demos import load_demo

frame = load_demo("wine")
labels = np.unique(frame.pop("label"), return_inverse=True)[1]
X = dami.Encoder().fit_transform(frame)
pool, X_test, truth, y_test = train_test_split(X, labels, test_size=0.5, stratify=labels, random_state=0)

classifier = SklearnClassifier(LogisticRegression(), classes=np.unique(labels))
strategies = {
    "DAMI-plus": DAMI("dami-plus", random_state=0),
    "CoreSet": CoreSet(random_state=0),
    "Badge": Badge(random_state=0),
}
start = np.random.default_rng(0).permutation(len(pool))[:4]  # the same first labels for all
known = {name: np.full(len(pool), MISSING_LABEL) for name in strategies}
for y in known.values():
    y[start] = truth[start]

print("labels", *strategies, sep="\t")
for cycle in range(6):
    scores = []
    for name, strategy in strategies.items():
        y = known[name]
        if cycle:
            asked = {"clf": classifier} if name == "Badge" else {}  # the other two need no classifier
            picks = strategy.query(pool, y, batch_size=4, **asked)
            y[picks] = truth[picks]  # the oracle answers
        fitted = classifier.fit(pool, y)
        scores.append(balanced_accuracy_score(y_test, fitted.predict(X_test)))
    print(4 + 4 * cycle, *(f"{score:.3f}" for score in scores), sep="\t")
