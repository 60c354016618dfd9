"""scikit-learn on the tables and the split of a comparison, beside what Lantern says.

usage: scikit.py FOLDER, with comparison.json and tables/ of `lantern compare --export FOLDER/tables --json`.
For learners with one answer the largest difference of a probability is printed; for machines whose scores become probabilities by another sigmoid,
how far the scores lie from a straight line, as a share of their spread; for those that draw numbers, the AUCs alone.
"""

import json
import sys
from pathlib import Path

import numpy as np
from scipy.stats import binomtest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, roc_auc_score
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.multiclass import OneVsRestClassifier

# Rows that the radial machine learns from at most: above it Lantern draws some, and nothing is the same any more.
MOST_OF_RBF = 5000


def auc(labels, scores):
    """Macro AUC, one class against the rest; of two classes the second's."""
    if scores.ndim == 1:
        return roc_auc_score(labels, scores)
    if scores.shape[1] == 2:
        return roc_auc_score(labels, scores[:, 1])
    return np.mean([roc_auc_score(labels == c, scores[:, c]) for c in range(scores.shape[1])])


def scores_of(learner, table, labels, test):
    """Probabilities or scores of the test rows, and what they may be compared by."""
    classes = len(np.unique(labels))
    if learner == "logistic":
        model = make_pipeline(StandardScaler(), LogisticRegression(C=0.01, tol=1e-8, max_iter=20000))
        return model.fit(table, labels).predict_proba(test), "probabilities"
    if learner == "neighbours":
        model = make_pipeline(StandardScaler(), KNeighborsClassifier(11, algorithm="brute"))
        shares = model.fit(table, labels).predict_proba(test)
        return (11 * shares + 1) / (11 + classes), "probabilities"
    if learner == "lda":
        return LinearDiscriminantAnalysis(solver="lsqr").fit(table, labels).predict_proba(test), "probabilities"
    if learner == "mahalanobis":
        inverse = np.linalg.inv(np.cov(table.T, bias=True))
        away = [test - table[labels == c].mean(axis=0) for c in range(classes)]
        logs = np.stack([-0.5 * np.einsum("ij,jk,ik->i", a, inverse, a) for a in away], axis=1)
        logs += np.log(np.bincount(labels) / len(labels))
        shares = np.exp(logs - logs.max(axis=1, keepdims=True))
        return shares / shares.sum(axis=1, keepdims=True), "probabilities"
    if learner == "linear-svm":
        model = make_pipeline(StandardScaler(), LinearSVC(C=0.001, tol=1e-8, max_iter=200000))
        return model.fit(table, labels).decision_function(test), "scores"
    if learner == "rbf-svm" and len(table) <= MOST_OF_RBF:
        machine = SVC(C=3.0, gamma="scale")
        model = make_pipeline(StandardScaler(), machine if classes == 2 else OneVsRestClassifier(machine))
        return model.fit(table, labels).decision_function(test), "scores"
    if learner == "forest":
        return RandomForestClassifier(200, random_state=1, n_jobs=2).fit(table, labels).predict_proba(test), "auc"
    if learner == "boosting":
        model = HistGradientBoostingClassifier(
            max_iter=100, learning_rate=0.1, max_depth=4, min_samples_leaf=10, l2_regularization=1.0,
            early_stopping=False, random_state=1,
        )
        return model.fit(table, labels).predict_proba(test), "auc"
    if learner == "mixture":
        models = [GaussianMixture(3, covariance_type="diag", random_state=1).fit(table[labels == c]) for c in range(classes)]
        logs = np.stack([model.score_samples(test) for model in models], axis=1)
        return logs + np.log(np.bincount(labels) / len(labels)), "auc"
    return None, None


def figures_agree(comparison, labels):
    """The largest difference of a figure of the comparison from what scikit-learn makes of the same probabilities."""
    most = 0.0
    for one in comparison["methods"]:
        rows = np.array(one["probabilities"], dtype=np.float64)
        named = rows.argmax(axis=1)
        known = {
            "auc": auc(labels, rows),
            "accuracy": (named == labels).mean(),
            "balanced_accuracy": np.mean([(named[labels == c] == c).mean() for c in np.unique(labels)]),
            "f1": f1_score(labels, named, average="macro"),
            "log_loss": -np.log(np.maximum(rows[np.arange(len(labels)), labels], 1e-7)).mean(),
        }
        most = max([most] + [abs(one["figures"][name]["value"] - value) for name, value in known.items()])
    return most


def main(folder):
    comparison = json.loads((folder / "comparison.json").read_text())
    load = lambda name: np.load(folder / "tables" / f"{name}.npy")
    train, test = (load(f"labels-{split}")[:, 0].astype(int) for split in ["train", "test"])
    print(f"{'method':24} {'AUC here':>9} {'sklearn':>9} {'same class':>11}  difference")
    for one in comparison["methods"]:
        method, ours = one["method"], np.array(one["probabilities"], dtype=np.float64)
        kind, _, learner = method.partition("/")
        if kind == "network":
            continue
        theirs, by = scores_of(learner, load(f"{kind}-train").astype(np.float64), train, load(f"{kind}-test").astype(np.float64))
        if theirs is None:
            print(f"{method:24} {auc(test, ours):9.4f} {'-':>9}")
            continue
        named = (theirs > 0).astype(int) if theirs.ndim == 1 else theirs.argmax(axis=1)
        # A score becomes a probability by a sigmoid of its own, so that the largest score need not be the largest probability.
        is_comparable = by != "scores"
        same = f"{(named == ours.argmax(axis=1)).mean():.4f}" if is_comparable else "-"
        told = ""
        if by == "probabilities":
            told = f"probabilities by at most {np.abs(theirs - ours).max():.1e}, on average {np.abs(theirs - ours).mean():.1e}"
        if by == "scores" and theirs.ndim == 1:
            logit = np.log(ours[:, 1] / ours[:, 0])
            line = np.polyval(np.polyfit(theirs, logit, 1), theirs)
            told = f"scores from a line by at most {np.abs(logit - line).max() / logit.std():.1e} of their spread"
        print(f"{method:24} {auc(test, ours):9.4f} {auc(test, theirs):9.4f} {same:>11}  {told}")
    print(f"figures made of the same probabilities: differ by at most {figures_agree(comparison, test):.1e}")
    exact = [(p["mcnemar"], p["mcnemar"]["only_first"] + p["mcnemar"]["only_second"]) for p in comparison["pairs"]]
    worst = max([abs(t["p"] - binomtest(t["only_first"], n).pvalue) for t, n in exact if n > 0], default=0.0)
    print(f"McNemar's p against scipy's binomtest: differ by at most {worst:.1e}")


main(Path(sys.argv[1]))
