"""Signing in and out. Only the pages of signing in by code are served, none about passwords."""

from allauth.account import views
from django.urls import path

from campus import second_clicks, sign_in_again

urlpatterns = [
    path("", views.RequestLoginCodeView.as_view(), name="account_request_login_code"),
    # allauth names this address in redirects of its own.
    path("", views.RequestLoginCodeView.as_view(), name="account_login"),
    path("code/", second_clicks.harmless(views.ConfirmLoginCodeView.as_view()), name="account_confirm_login_code"),
    path("again/", sign_in_again.again, name="sign_in_again"),
    path("out/", views.LogoutView.as_view(), name="account_logout"),
]
