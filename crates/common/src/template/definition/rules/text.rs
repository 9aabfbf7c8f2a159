//! Rules for texts, their variables and the examples for these.

use super::{Rule, rules};

const TOO_LONG: &str = "2388040: Character limit exceeded.";
const BODY_FORMAT: &str = "2388072: Message body format is incorrect.";
const HEADER_FORMAT: &str = "2388047: The message header can't have any new lines, formatting characters, emojis or asterisks.";
const FOOTER_FORMAT: &str = "2388073: Message footer format is incorrect.";
const AT_AN_END: &str = "2388299: Leading or trailing parameters are not allowed.";

rules! {
    TEXT_LENGTH = Rule::new(
        "text.length",
        "This text has {found} characters; at most {limit} are possible here. Please shorten it.",
        "Ce texte compte {found} caractères ; {limit} au plus sont possibles ici. Merci de le raccourcir.",
    ).meta(TOO_LONG);
    TEXT_FILLED_LENGTH = Rule::new(
        "text.filled_length",
        "With its examples filled in, this text has {found} characters; at most {limit} are possible here. Please \
         shorten the text or the examples.",
        "Une fois les exemples insérés, ce texte compte {found} caractères ; {limit} au plus sont possibles ici. Merci \
         de raccourcir le texte ou les exemples.",
    ).meta(TOO_LONG);
    VARIABLE_BRACES = Rule::new(
        "variable.braces",
        "The braces of a variable do not match. Write each variable with two braces on both sides and no spaces inside, \
         for example {{1}}.",
        "Les accolades d'une variable ne vont pas ensemble. Écrivez chaque variable avec deux accolades de chaque côté, \
         sans espace à l'intérieur, par exemple {{1}}.",
    ).meta(BODY_FORMAT);
    VARIABLE_CHARACTERS = Rule::new(
        "variable.characters",
        "A variable must not contain #, $ or %. Please write these signs outside of the braces.",
        "Une variable ne doit contenir ni #, ni $, ni %. Merci d'écrire ces signes en dehors des accolades.",
    ).meta(BODY_FORMAT);
    VARIABLE_NUMBER = Rule::new(
        "variable.number",
        "{{{found}}} is not a number. Please use {{1}}, {{2}} and so on, or set \"parameter_format\" to NAMED.",
        "{{{found}}} n'est pas un numéro. Merci d'utiliser {{1}}, {{2}}, etc., ou de mettre « parameter_format » à \
         NAMED.",
    ).meta(BODY_FORMAT);
    VARIABLE_SEQUENCE = Rule::new(
        "variable.sequence",
        "Variables are numbered from {{1}} without a gap. Please number them {{1}}, {{2}}, {{3}} and so on.",
        "Les variables se numérotent à partir de {{1}}, sans trou. Merci de les numéroter {{1}}, {{2}}, {{3}}, etc.",
    ).meta(BODY_FORMAT);
    VARIABLE_NAME = Rule::new(
        "variable.name",
        "The name of the variable {{{found}}} may only have small letters without accents and \"_\", for example \
         {{first_name}}.",
        "Le nom de la variable {{{found}}} ne peut contenir que des lettres minuscules sans accent et « _ », par exemple \
         {{prenom}}.",
    ).meta(BODY_FORMAT);
    VARIABLE_AT_START = Rule::new(
        "variable.at_start",
        "The text begins with a variable. Please put a word before it, for example \"Hello {{1}}\".",
        "Le texte commence par une variable. Merci de mettre un mot avant, par exemple « Bonjour {{1}} ».",
    ).meta(AT_AN_END);
    VARIABLE_AT_END = Rule::new(
        "variable.at_end",
        "The text ends with a variable. Please put a word or a full stop after it.",
        "Le texte finit par une variable. Merci de mettre un mot ou un point après.",
    ).meta(AT_AN_END);
    VARIABLE_ADJACENT = Rule::new(
        "variable.adjacent",
        "Two variables stand next to each other. Please put a few words between them.",
        "Deux variables se touchent. Merci de mettre quelques mots entre elles.",
    ).meta("INVALID_FORMAT: Your template has parameters placed next to each other (like {{1}}{{2}}).");
    VARIABLE_RATIO = Rule::new(
        "variable.ratio",
        "There are more variables ({found}) than other words ({words}). Please write more text around them, or use \
         fewer variables.",
        "Il y a plus de variables ({found}) que d'autres mots ({words}). Merci d'écrire plus de texte autour, ou \
         d'utiliser moins de variables.",
    ).meta("2388293: Parameters words ratio exceeds limit.");
    EXAMPLE_MISSING = Rule::new(
        "example.missing",
        "Meta wants to see an example for each variable. Please add one for {{{found}}}.",
        "Meta veut voir un exemple pour chaque variable. Merci d'en ajouter un pour {{{found}}}.",
    ).meta(BODY_FORMAT);
    EXAMPLE_COUNT = Rule::new(
        "example.count",
        "There are {found} examples for {limit} variables. Please give exactly one for each variable.",
        "Il y a {found} exemples pour {limit} variables. Merci d'en donner exactement un par variable.",
    ).meta(BODY_FORMAT);
    EXAMPLE_UNEXPECTED = Rule::new(
        "example.unexpected",
        "There is an example for \"{found}\", but the text has no such variable. Please remove it.",
        "Il y a un exemple pour « {found} », mais le texte n'a pas cette variable. Merci de l'enlever.",
    );
    HEADER_VARIABLES = Rule::new(
        "header.variables",
        "A header can have one variable. Please keep only one of them.",
        "Un en-tête peut avoir une seule variable. Merci de n'en garder qu'une.",
    ).meta(HEADER_FORMAT);
    HEADER_LINE_BREAK = Rule::new(
        "header.line_break",
        "A header has one line. Please remove the line break.",
        "Un en-tête tient sur une ligne. Merci d'enlever le retour à la ligne.",
    ).meta(HEADER_FORMAT);
    HEADER_FORMATTING = Rule::new(
        "header.formatting",
        "A header cannot be bold or italic. Please remove *, _, ~ and ` from it.",
        "Un en-tête ne peut être ni en gras ni en italique. Merci d'en enlever *, _, ~ et `.",
    ).meta(HEADER_FORMAT);
    HEADER_EMOJI = Rule::new(
        "header.emoji",
        "A header cannot have emoji. Please move them to the text below.",
        "Un en-tête ne peut pas contenir d'emoji. Merci de les mettre dans le texte en dessous.",
    ).meta(HEADER_FORMAT);
    FOOTER_VARIABLES = Rule::new(
        "footer.variables",
        "A footer cannot have variables. Please write the text out.",
        "Un pied de page ne peut pas avoir de variable. Merci d'écrire le texte en entier.",
    ).meta(FOOTER_FORMAT);
}
