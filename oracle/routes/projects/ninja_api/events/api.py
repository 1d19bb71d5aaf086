from ninja import Router

router = Router()
late = Router()


@router.get("/")
def list_events(request):
    return []


@router.get("/{event_id}")
@router.put("/{event_id}")
def event_details(request, event_id: int):
    return {}


@late.delete("{slug:slug}/")
def remove(request, slug: str):
    return None
