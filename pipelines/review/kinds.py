"""All kinds of `tidegauge review`, in the order in which it goes through them. A new kind is one entry."""

from pipelines.review import families, inferencex, issuers, labels, moved, names, stale_lists
from pipelines.review.proposals import Kind

KINDS = (
    Kind("families", "large roots of the lineage that no family holds", families.find),
    Kind("names", "names of open models that match no repository of the Hub", names.find),
    Kind("licences", "licence labels of the Hub that licence_class.csv does not know", labels.find_licences),
    Kind("labels", "licence and accessibility labels of boards that no list knows", labels.find_labels),
    Kind("moved", "listed repositories, organisations, projects and packages that moved or are gone", moved.find),
    Kind("inferencex", "models that came to InferenceX, or left it", inferencex.find),
    Kind("issuers", "companies without a pinned issuer at the SEC", issuers.find),
    Kind("lists", "curated lists whose review is overdue", stale_lists.find),
)
