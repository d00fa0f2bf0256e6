"""The words of the evaluation report: what each figure means and how it was produced."""

ALL_PARTS = ("language", "register", "script", "origin")  # groups whose small parts are shown too

OPENING = """# Evaluation of senim-mini

`$name`, measured by `senim evaluate --data DATA --report REPORT.md`, which wrote this page: nothing in it was typed
by hand. All figures but the speed come out the same again on the same kind of processor.

**How to read it.** Our test split has $posts posts that neither training nor the choice of thresholds saw: of our
own writing, contrast pairs of our own writing, and real texts labelled by us. The model reads them as at work:
mentions are found anew, texts that by their words mean the police of another country are set aside as at collecting,
and what is held for not about law enforcement gets no stance and no reasons. An
abstention ($abstained posts) counts as neutral in the figures of stance. F1 joins how many answers are right with
how many of the right answers are found; micro counts all reasons alike, macro is the mean over the reasons that are
labelled at all. Intervals are of 90 %: 1,000 resamples of the posts (percentile bootstrap, fixed seed). n counts
posts, for stance posts with a labelled stance, for reasons labelled reasons, for evidence cited ones. **†: fewer
than 20, which says little.**

## 1. Our own test split

$figures
Evidence compares the cited characters, or words, with the labelled ones. Each reason by itself:

$reasons"""

PARTS = """## 2. By language, register, script and origin

In brackets the interval and the n. Macro-F1 is over the classes that are labelled in that part. Nobody noted the
script of real texts.

$tables"""

DIFFICULTIES = """## 3. Named difficulties

A post may have several. Foreign police, fiction, other senses, everyday talk and the police as a mere source are
not about law enforcement at all or carry no stance: there the accuracy of about is the figure that counts. "sot"
and "uchastkovy" are words with a second sense (court or telephone, precinct inspector or precinct doctor).

$table"""

PAIRS = """
Contrast pairs are two or three texts that differ in one decisive thing and in the label; letters and translations
differ in neither. A method that goes by single words gets one member right and the other wrong. Of $n pairs every
member is right in about and stance: $stance; in about, stance and the set of reasons: $wholly. Right in stance by
kind: $kinds.
"""

NOISE = """## 4. Typed otherwise

The same posts without Kazakh letters or in Latin script (those with Kazakh in them), with a typo in about one
letter of 33, without punctuation, without capitals: `models/noise.py` with a fixed seed for each post. Only posts
whose text changes are counted. Differences are in points, with the interval of the difference (both readings
resampled together).

$table
$picture"""

CERTAINTY = """## 5. How far the confidence can be trusted

Calibration error (ECE): posts sorted by confidence into 15 bins of equal size; the mean distance between confidence
and share of right answers. It is never 0 on a finite test: "by chance alone" is what a perfectly calibrated model
with these confidences would show on average on so many posts, so only what is clearly above it is a fault. Stance
is the likeliest of three on posts with a labelled stance; about is the probability that a post is about law
enforcement.

$table
$pictures
Answering only what it is surest of, the model is wrong in $risks ($n posts). Area under that curve (AURC): $aurc;
with the same mistakes and a perfect order of confidence it would be $best. At work it abstains below the confidence
that `senim.json` names, here on $abstained posts with a labelled stance.
"""

MISTAKES = """## 6. What is taken for what

Posts by labelled (rows) and answered stance (columns):

$table
The reasons most often confused, one labelled and missed where the other was answered and not labelled:

$confused
`senim evaluate --errors 50` lists the surest mistakes by id.
"""

BASELINES = """## 7. Simple methods on the same posts

Trained by the same command on the same training split, thresholds chosen on the same dev split, scored alike.

$table
$picture"""

PUBLIC = """## 8. Public tests

Every file with the metric of its paper beside the published figure. The head for reviews, tweets or named entities
answers; the threshold between two classes ($threshold) was chosen on validation reviews. What cannot be compared
directly: rusentitweet and rusentiment are published on five labels, ours are three (speech acts count as neutral,
skipped rows are left out); we never train on rusentiment, whose licence allows evaluation only; rusentne_valid_b is
not the hidden final set of the competition; the published tweeteval models learnt from 45,615 tweets, of which we
hold 1,839. The language test is answered by the rules of `monitor/language.py`, not by the network.

$table"""

SPEED = """## 9. Speed

$posts_per_second posts a second and at most $peak_megabytes MB of memory in a process of its own: $posts posts of
$tokens tokens (words of our own posts, joined and cut), $threads threads, $numbers, tokenisation and evidence
included, storage and preparation not. Processor: $processor. This section differs from run to run and from machine
to machine.
"""

COMPARED = """
An encoder of the size of XLM-R base (random weights, Transformers pipeline, batches of 8, $numbers), same run and
machine: $slow posts a second, $memory MB. senim-mini is $times times as fast.
"""
