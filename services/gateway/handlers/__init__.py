"""What the door does for a caller who has passed it: used by the REST calls and by the pages alike.

Each function takes `(gateway, session, ...)`, asks the owner by RPC, has reads and searches written to the trail, and answers in the
API's shape. They raise `shared.errors.ServiceError`s; whoever calls them turns those into a problem document or a page.
"""
