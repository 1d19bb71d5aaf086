use luthier_source::FileKind;

use super::ir::{BindingKind, CompareOp, Expr, ImportContext, Stmt};
use super::{FileFacts, PythonFacts, extract_python, is_test_path};

#[test]
fn spans_are_relative_to_the_scope_and_absolute_when_asked() {
    let text = "import os\n\nclass A(B):\n    x = f(1, k='v')\n";
    let facts = extract_python("a.py", text);
    let class = &facts.classes[0];
    let body = facts.body(class.body);
    let (target, value) = body.statements().next().unwrap().assignment().unwrap();
    assert_eq!(target.span().text(text), "x");
    assert_eq!(value.span().text(text), "f(1, k='v')");
    let call = value.as_call().unwrap();
    assert_eq!(call.keyword("k").unwrap().as_str(), Some("v"));
    assert_eq!(call.argument(0, "n").unwrap().as_int(), Some(1));
    assert!(body.body().start > 0);
}

#[test]
fn expressions_stand_right_behind_what_they_are_made_of() {
    let text = "\
@cached(key=lambda self: (self.pk, [name for name in self.names if name]))
def f(a, b=g(1)[2:n], *rest, c: dict[str, int] = {**base, 'k': (yield)}):
    x = y = a.b(c, *d, e=not e)[f, 1:2] if (g := h()) else {k: v for k, v in z.items() if k}
    x[i].y += -1 < b <= c is not None
    for p, *q in (await r(s=1 + 2), f'{t!r:>{width}} {u.v}'):
        del x[0], y.z
    with open(a) as b, c.d(e) as (f.g, h[1]):
        return lambda k, n=a + b: k(n)
    match a.b:
        case [1, C(x=d.E), *g] if g and not h:
            assert a, b.c
";
    let facts = extract_python("a.py", text);
    let mut whole = 0;
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for expr in body.exprs() {
            let span = expr.span();
            let enclosed = body.exprs().filter(|other| span.encloses(other.span()));
            // The same text twice, as in `x += 1`, is no part of itself.
            let enclosed = enclosed.filter(|other| other.id <= expr.id || other.span() != span);
            let mut enclosed: Vec<_> = enclosed.map(|other| other.id).collect();
            let mut within: Vec<_> = expr.within().map(|other| other.id).collect();
            enclosed.sort_unstable();
            within.sort_unstable();
            assert_eq!(within, enclosed, "{}", span.text(text));
            whole = whole.max(within.len());
        }
    }
    assert!(whole > 20, "{whole}");
}

#[test]
fn bindings_prefer_what_always_runs() {
    let text = "\
try:
    from fast import dumps
except ImportError:
    dumps = None
if DEBUG:
    NAME = 1
(a, b) = 1, 2
";
    let facts = extract_python("a.py", text);
    let module = facts.module();
    assert!(matches!(
        module.binding("dumps").unwrap().kind,
        BindingKind::Import(_)
    ));
    assert!(module.binding("NAME").unwrap().conditional);
    assert!(matches!(
        module.binding("a").unwrap().kind,
        BindingKind::Other(_)
    ));
    assert_eq!(facts.imports[0].context, ImportContext::Try);
}

#[test]
fn chains_of_comparisons_share_their_middle() {
    let facts = extract_python("a.py", "x = 1 < y < 3\n");
    let (_, value) = facts
        .module()
        .statements()
        .next()
        .unwrap()
        .assignment()
        .unwrap();
    let Expr::And(run) = value.kind() else {
        panic!("{:?}", value.kind())
    };
    let parts: Vec<_> = value.body.list(run).map(|part| part.kind()).collect();
    let (Expr::Compare(CompareOp::Lt, _, middle), Expr::Compare(CompareOp::Lt, shared, _)) =
        (parts[0], parts[1])
    else {
        panic!("{parts:?}")
    };
    assert_eq!(middle, shared);
}

#[test]
fn elif_is_an_if_in_the_else_before_it() {
    let facts = extract_python(
        "a.py",
        "if a:\n    x = 1\nelif b:\n    x = 2\nelse:\n    x = 3\n",
    );
    let module = facts.module();
    let Stmt::If { orelse, .. } = module.statements().next().unwrap().kind() else {
        panic!()
    };
    let inner = module.block(orelse).next().unwrap();
    let Stmt::If { orelse, .. } = inner.kind() else {
        panic!()
    };
    assert_eq!(module.block(orelse).len(), 1);
}

#[test]
fn function_bodies_of_tests_are_left_out() {
    assert!(is_test_path("shop/tests/test_orders.py") && is_test_path("conftest.py"));
    assert!(is_test_path("shop/tests_orders.py") && !is_test_path("shop/attest.py"));
    let facts = extract_python("shop/tests.py", "def test_a():\n    assert 1\n");
    assert!(facts.bodies[1].skipped && facts.bodies[1].stmts.is_empty());
}

#[test]
fn long_chains_and_deep_nesting_do_not_overflow() {
    let chain = format!("x = {}1\n", "1 + ".repeat(1500));
    assert!(extract_python("a.py", &chain).bodies[0].exprs.len() > 3000);
    let nested = format!("x = {}1{}\n", "[".repeat(900), "]".repeat(900));
    let facts = extract_python("a.py", &nested);
    assert!(facts.bodies[0].exprs.contains(&Expr::Unknown));
}

const EVERYTHING: &str = "\
from a import b
import os.path as path, sys
@decorated(1)
class C(b.D, metaclass=M):
    x: int = 1
    def f(self, *a, k=1, **kw) -> str:
        with open(x) as y, z:
            return [x async for x in a if x > 1 > 2]
        try:
            a[1:2] = {**kw, 'k': -1.5}
        except (E, F) as error:
            raise G from error
        else:
            yield lambda q=1: (q := f'{q!r:>{k}} {q}')
        finally:
            del a, b
        match k:
            case {'a': [1, *rest]} | C(x=1) as whole if rest:
                global g
    if TYPE_CHECKING:
        pass
    elif x:
        while not x: break
";

#[test]
fn facts_survive_the_cache_format() {
    let facts = FileFacts::Python(Box::new(extract_python("a.py", EVERYTHING)));
    assert_eq!(
        FileFacts::decode(&facts.encode(), FileKind::Python).as_ref(),
        Some(&facts)
    );
}

#[test]
fn facts_that_do_not_hold_together_are_thrown_away() {
    let good = FileFacts::Python(Box::new(extract_python("a.py", EVERYTHING))).encode();
    let mut refused = 0;
    for index in 0..good.len() {
        for value in [0, 1, 0x7f, 0xff] {
            let mut bytes = good.clone();
            bytes[index] = value;
            // Whatever passes must be safe to look at.
            match FileFacts::decode(&bytes, FileKind::Python) {
                Some(facts) => look_at_everything(facts.python().unwrap()),
                None => refused += 1,
            }
        }
    }
    assert!(refused > good.len());
}

fn look_at_everything(facts: &PythonFacts) {
    for body in facts.body_ids().map(|id| facts.body(id)) {
        for expr in body.exprs() {
            let _ = (
                expr.span(),
                expr.dotted(),
                expr.as_str(),
                expr.items().map(Iterator::count),
            );
            if let Some(call) = expr.as_call() {
                let _ = (
                    call.keywords().count(),
                    call.argument(1, "k").map(|argument| argument.span()),
                );
            }
        }
        for statement in body.all_statements() {
            let _ = (
                statement.span(),
                statement.assignment().map(|(target, _)| target.span()),
            );
        }
        let _ = body.binding("x");
    }
    for id in facts.class_ids() {
        let _ = facts.class_path(id);
    }
    for id in facts.function_ids() {
        let _ = facts.function_path(id);
    }
}
