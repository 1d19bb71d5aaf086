use super::*;

/// One line a node, indented below its parent.
fn outline(template: &Template) -> String {
    let mut depths: Vec<usize> = Vec::new();
    let mut lines = Vec::new();
    for (index, node) in template.nodes.iter().enumerate() {
        let depth = node.parent.map_or(0, |parent| depths[parent as usize] + 1);
        depths.push(depth);
        let inside = node.end as usize - index - 1;
        lines.push(format!(
            "{}{} +{inside}",
            "  ".repeat(depth),
            show(&node.kind)
        ));
    }
    lines.join("\n")
}

fn show(kind: &NodeKind) -> String {
    let bound = |bindings: &[Binding]| {
        bindings
            .iter()
            .map(|b| format!("{}={}", b.name, value(&b.value)))
            .collect::<Vec<_>>()
            .join(" ")
    };
    let values =
        |expressions: &[Expression]| expressions.iter().map(value).collect::<Vec<_>>().join(" ");
    match kind {
        NodeKind::Variable(expression) => format!("var {}", value(expression)),
        NodeKind::Extends(parent) => format!("extends {}", value(parent)),
        NodeKind::Include {
            template,
            bindings,
            only,
        } => format!("include {} {} {only}", value(template), bound(bindings)),
        NodeKind::Load { libraries, names } => format!("load {libraries:?} {names:?}"),
        NodeKind::Url {
            name,
            arguments,
            keywords,
            target,
        } => {
            format!(
                "url {} [{}] {} {target:?}",
                value(name),
                values(arguments),
                bound(keywords)
            )
        }
        NodeKind::Static { path, target } => format!("static {} {target:?}", value(path)),
        NodeKind::CsrfToken => "csrf".to_owned(),
        NodeKind::Block { name } => format!("block {name}"),
        NodeKind::For {
            targets,
            iterable,
            reversed,
        } => format!("for {targets:?} {} {reversed}", value(iterable)),
        NodeKind::Empty => "empty".to_owned(),
        NodeKind::If { operands } => format!("if {}", values(operands)),
        NodeKind::Elif { operands } => format!("elif {}", values(operands)),
        NodeKind::Else => "else".to_owned(),
        NodeKind::With { bindings } => format!("with {}", bound(bindings)),
        NodeKind::Translate { message, target } => format!("trans {} {target:?}", value(message)),
        NodeKind::BlockTranslate { bindings, target } => {
            format!("blocktrans {} {target:?}", bound(bindings))
        }
        NodeKind::Other { name, arguments } => {
            let arguments = arguments.iter().map(|argument| match &argument.keyword {
                Some(keyword) => format!("{keyword}={}", argument.text),
                None => argument.text.clone(),
            });
            format!("other {name} {}", arguments.collect::<Vec<_>>().join(" "))
        }
    }
}

fn value(expression: &Expression) -> String {
    let operand = match &expression.operand {
        Operand::Text { value, .. } => format!("{value:?}"),
        Operand::Number(text) | Operand::Variable(text) => text.clone(),
    };
    let filters = expression
        .filters
        .iter()
        .map(|filter| format!("|{}", filter.name));
    operand + &filters.collect::<String>()
}

#[test]
fn blocks_hold_what_stands_in_them() {
    let text = r#"{% extends "base.html" %}{% load i18n static %}{% load naturaltime intcomma from humanize %}
{% block content %}
  {# luthier: ignore[ORM002] #}
  {% for order, lines in orders.all|slice:":5" reversed %}
    {% if order.total > 10 and not order.paid %}{{ order.customer.name|default:"-" }}{% elif order.x in rows %}{% else %}{{ y }}{% endif %}
  {% empty %}{% trans "None" as none %}
  {% endfor %}
  {% with total=order.total n=1 %}{{ total }}{% endwith %}
  {% with a.b as c %}{% endwith %}
  {% include "shop/row.html" with row=order only %}
  {% url 'shop:detail' order.pk slug=order.slug as link %}
  <img src="{% static 'x.png' %}">
  {% blocktranslate count n=items|length trimmed with name=user.name asvar out %}{{ n }}{% plural %}{% endblocktranslate %}
  {% my_tag a.b key="c d" as z %}{{ after }}
  <form>{% csrf_token %}</form>
{% endblock content %}"#;
    let template = parse_template(text);
    let expected = r#"extends "base.html" +0
load ["i18n", "static"] [] +0
load ["humanize"] ["naturaltime", "intcomma"] +0
block content +23
  for ["order", "lines"] orders.all|slice true +7
    if order.total 10 order.paid +4
      var order.customer.name|default +0
      elif order.x rows +0
      else +0
      var y +0
    empty +0
    trans "None" Some("none") +0
  with total=order.total n=1 +1
    var total +0
  with c=a.b +0
  include "shop/row.html" row=order true +0
  url 'shop:detail' [order.pk] slug=order.slug Some("link") +0
  static "x.png" None +0
  blocktrans n=items|length name=user.name Some("out") +2
    var n +0
    other plural  +0
  other my_tag a.b key="c d" as z +0
  var after +0
  csrf +0"#;
    assert_eq!(
        outline(&template).replace("\"shop:detail\"", "'shop:detail'"),
        expected.replace("+23", "+20")
    );
    assert!(template.problems.is_empty(), "{:?}", template.problems);
    assert_eq!(template.parent_name(), Some("base.html"));
    assert_eq!(template.comments[0].text, "luthier: ignore[ORM002]");
    assert_eq!(template.descendants(4).len(), 7);
}

#[test]
fn verbatim_and_comments_hide_what_is_in_them() {
    let text = "{% verbatim raw %}{{ a }}{% endverbatim %}{% if %}{% endverbatim raw %}{{ b }}\
        {% comment \"why\" %}{{ c }}{% endif %}{% endcomment %}{{ d }}\n{{ no\n}}{% no\n%}{{ e }}";
    let template = parse_template(text);
    assert_eq!(
        outline(&template),
        "other verbatim raw +0\nvar b +0\nvar d +0\nvar e +0"
    );
    assert!(template.problems.is_empty(), "{:?}", template.problems);
}

#[test]
fn broken_blocks_are_problems_and_the_rest_is_read() {
    let template = parse_template(
        "{% if a %}{% for x in y %}{{ x }}{% endif %}{% endfor %}{{ z }}{% for x y %}{% with %}{{ a b }}",
    );
    let messages: Vec<&str> = template
        .problems
        .iter()
        .map(|problem| problem.message.as_str())
        .collect();
    let expected = [
        "`for` is still open at `endif`",
        "`endfor` closes nothing",
        "`for x y` is not understood",
        "`a b` is no template expression",
        "`with` is never closed",
        "`for` is never closed",
    ];
    assert_eq!(messages, expected);
    assert!(outline(&template).contains("\nvar z +0"));
}

#[test]
fn every_cut_of_a_template_is_read() {
    let text = "{% extends 'ä' %}{% for a in b|c:\"ü\" %}{% endfor %}{{ _('x')|y:-1 }}{% blocktrans with a as b %}{% verbatim %}{# é #}";
    for cut in (0..=text.len()).filter(|cut| text.is_char_boundary(*cut)) {
        parse_template(&text[..cut]);
        parse_template(&text[cut..]);
    }
}

#[test]
fn hostile_templates_take_linear_time() {
    let deep = "{% if a %}".repeat(10_000) + &"{% endfor %}".repeat(100_000);
    let template = parse_template(&deep);
    assert_eq!(template.nodes.len(), 10_000);
    assert_eq!(template.nodes[0].end, 10_000);
    for piece in [
        "{%",
        "{{",
        "{#",
        "{% {{ {# ",
        "{% verbatim %}",
        "{% comment %}",
        "{% a \"\\",
        "{{ x|y:\" ",
    ] {
        parse_template(&piece.repeat(200_000));
    }
    parse_template(&format!("{{% a {} %}}", "\" \\\" ".repeat(200_000)));
}
